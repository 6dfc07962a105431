"""Make the bootable ISO: GRUB for BIOS and for UEFI, the kernel, grub.cfg; the same bytes from the same input.

usage: iso.py OUTPUT KERNEL.ELF GRUB.CFG
       iso.py --check                       only say which Debian packages are missing

All of GRUB that is needed is linked into its two images, so that no module lies on the disk.  The image boots as a CD
and as a disk.  Every date in it is SOURCE_DATE_EPOCH's (seconds; 2026-01-01 if unset), every identifier follows from it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "1767225600"))
GRUB = Path("/usr/lib/grub")
MODULES = ["normal", "multiboot2", "configfile", "boot", "echo", "search", "search_fs_file", "iso9660"]
MODULES += ["part_msdos", "part_gpt", "all_video"]
PLATFORMS = {
    "i386-pc-eltorito": ["biosdisk"],
    "x86_64-efi": ["fat", "efi_gop"],
}
# What each tool is for and where Debian has it.
NEEDED = {
    "grub-mkimage": "grub-common",
    "objcopy": "binutils",
    "xorriso": "xorriso",
    "mformat": "mtools",
    "mmd": "mtools",
    "mcopy": "mtools",
    str(GRUB / "i386-pc" / "boot_hybrid.img"): "grub-pc-bin",
    str(GRUB / "x86_64-efi" / "multiboot2.mod"): "grub-efi-amd64-bin",
}
# GRUB starts here, finds the volume by the kernel on it, and goes on with the real configuration.
START = "search --file --set=root /boot/pynet.elf\nset prefix=($root)/boot/grub\nnormal /boot/grub/grub.cfg\n"


def check_tools() -> None:
    missing = {package for tool, package in NEEDED.items() if not (shutil.which(tool) or Path(tool).exists())}
    if missing:
        sys.exit("iso: please install the Debian packages: " + " ".join(sorted(missing)))


def run(*command: str | Path) -> None:
    """Run a tool with fixed dates; on failure show what it said and stop."""
    environment = dict(os.environ, SOURCE_DATE_EPOCH=str(EPOCH), TZ="UTC", LC_ALL="C")
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        sys.exit(f"iso: {command[0]} failed:\n{done.stdout.decode(errors='replace')}")


def make_grub(platform: str, folder: Path) -> Path:
    """GRUB's image for a platform, with its modules and START inside."""
    start, image = folder / "start.cfg", folder / f"{platform}.img"
    start.write_text(START)
    run("grub-mkimage", "-O", platform, "-p", "/boot/grub", "-c", start, "-o", image, *MODULES, *PLATFORMS[platform])
    return image


def make_efi_partition(grub: Path, folder: Path) -> Path:
    """A FAT file system with GRUB where UEFI looks for it."""
    image = folder / "efi.img"
    os.utime(grub, (EPOCH, EPOCH))
    run("mformat", "-C", "-f", "1440", "-N", "70796e65", "-i", image, "::")
    run("mmd", "-i", image, "::/EFI", "::/EFI/BOOT")
    run("mcopy", "-m", "-i", image, grub, "::/EFI/BOOT/BOOTX64.EFI")
    return image


def make_iso(output: Path, files: dict[str, Path], bios: Path, efi: Path) -> None:
    points = [f"{name}={path}" for name, path in sorted({**files, "boot/grub/bios.img": bios, "efi.img": efi}.items())]
    run(
        *("xorriso", "-as", "mkisofs", "-graft-points", "-r", "-V", "PYNET", "-o", output),
        *("--set_all_file_dates", f"={EPOCH}"),
        *("-b", "boot/grub/bios.img", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table"),
        *("--grub2-boot-info", "--grub2-mbr", GRUB / "i386-pc" / "boot_hybrid.img", "--protective-msdos-label"),
        *("--efi-boot", "efi.img", "-efi-boot-part", "--efi-boot-image"),
        *points,
    )


def main() -> None:
    check_tools()
    if sys.argv[1:] == ["--check"]:
        return
    output, kernel, configuration = map(Path, sys.argv[1:4])
    with tempfile.TemporaryDirectory(prefix="pynet-iso-") as name:
        folder = Path(name)
        bios, grub_efi = (make_grub(platform, folder) for platform in PLATFORMS)
        efi = make_efi_partition(grub_efi, folder)
        whole, stripped = folder / "whole.iso", folder / "pynet.elf"
        # Debug information is for gdb, which reads the ELF of the build directory.
        run("objcopy", "--strip-debug", kernel, stripped)
        make_iso(whole, {"boot/pynet.elf": stripped, "boot/grub/grub.cfg": configuration}, bios, efi)
        shutil.move(whole, output)


if __name__ == "__main__":
    main()
