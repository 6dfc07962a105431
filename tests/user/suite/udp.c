/* UDP sockets over loopback, with their ancillary data; many messages a call; raw and packet sockets; interfaces. */
#include "suite.h"
#include <net/if.h>
#include <netinet/ip_icmp.h>
#include <netpacket/packet.h>
#include <net/ethernet.h>

CASE(datagrams)
{
    struct sockaddr_in name = {0};
    socklen_t size = sizeof name;
    int port_a, port_b, a = udp_socket(&port_a), b = udp_socket(&port_b), waiting = -1;
    char data[20];
    SHOW(sendto(a, "question", 8, 0, LOCAL(port_b)));
    SHOW(sendto(a, "", 0, 0, LOCAL(port_b)));
    SHOW(sendto(a, "third", 5, 0, LOCAL(port_b)));
    wait_for(b, POLLIN);
    SHOW(ioctl(b, FIONREAD, &waiting));
    SEE(waiting);
    SHOW(recvfrom(b, data, 4, MSG_PEEK, (struct sockaddr *)&name, &size));
    SEE(ntohs(name.sin_port) == port_a);
    SHOW(recvfrom(b, data, 4, MSG_TRUNC, (struct sockaddr *)&name, &size));
    say_bytes("cut", data, 4);
    SHOW(recv(b, data, 20, 0));
    SHOW(read(b, data, 20));
    SHOW(recv(b, data, 20, MSG_DONTWAIT));
    SHOW(sendto(b, "answer", 6, 0, (struct sockaddr *)&name, size));
    SHOW(recv(a, data, 20, 0));
    SHOW(send(a, "x", 1, 0));
    SHOW(write(a, "x", 1));
    SHOW(sendto(a, "x", 1, 0, LOCAL(0)));
    SHOW(sendto(a, data, 1, 0, BAD_POINTER, 16));
    SHOW(listen(a, 1));
    SHOW(accept(a, 0, 0));
    show_poll("idle", a, POLLIN | POLLOUT, 0);
    static char big[70000];
    SHOW(sendto(a, big, 65508, 0, LOCAL(port_b)));
    SHOW(sendto(a, big, 65507, 0, LOCAL(port_b)));
    wait_for(b, POLLIN);
    SHOW(recv(b, big, sizeof big, 0));
    struct timeval timeout = {0, 50000};
    setsockopt(a, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    SHOW(recv(a, data, 20, 0));
}

CASE(connected_datagrams)
{
    struct sockaddr_in name;
    socklen_t size = sizeof name;
    int port_a, port_b, port_c, a = udp_socket(&port_a), b = udp_socket(&port_b), c = udp_socket(&port_c);
    char data[10];
    SHOW(connect(a, LOCAL(port_b)));
    SHOW(getpeername(a, (struct sockaddr *)&name, &size));
    SEE(ntohs(name.sin_port) == port_b);
    SHOW(send(a, "one", 3, 0));
    SHOW(recv(b, data, 10, 0));
    SHOW(sendto(c, "not this", 8, 0, LOCAL(port_a)));
    SHOW(sendto(b, "but this", 8, 0, LOCAL(port_a)));
    SHOW(recv(a, data, 10, 0));
    say_bytes("from the peer", data, 8);
    SHOW(recv(a, data, 10, MSG_DONTWAIT));
    SHOW(connect(a, LOCAL(port_c)));
    SHOW(send(a, "two", 3, 0));
    SHOW(recv(c, data, 10, 0));
    SHOW(connect(a, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr)));
    SHOW(getpeername(a, (struct sockaddr *)&name, &size));
    SHOW(send(a, "x", 1, 0));
    SHOW(shutdown(a, SHUT_RD));
}

CASE(a_closed_port_refuses_datagrams)
{
    int port, closed = udp_socket(&port), fd = socket(AF_INET, SOCK_DGRAM, 0);
    char data[4];
    close(closed);
    SHOW(connect(fd, LOCAL(port)));
    SHOW(send(fd, "x", 1, 0));
    wait_for(fd, 0);
    show_poll("refused", fd, POLLIN | POLLOUT, 2000);
    SHOW(recv(fd, data, 4, 0));
    SHOW(recv(fd, data, 4, MSG_DONTWAIT));
    SHOW(send(fd, "x", 1, 0));
    wait_for(fd, POLLIN);
    SHOW(send(fd, "x", 1, 0));
}

CASE(the_error_queue)
{
    int port, closed = udp_socket(&port), fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
    char data[10], control[200];
    struct iovec piece = {data, sizeof data};
    struct sockaddr_in name;
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control, .msg_name = &name, .msg_namelen = sizeof name};
    close(closed);
    SHOW(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on));
    SHOW(recvmsg(fd, &message, MSG_ERRQUEUE));
    SHOW(sendto(fd, "lost", 4, 0, LOCAL(port)));
    show_poll("an error", fd, POLLIN, 2000);
    SHOW(recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT));
    say_bytes("what was sent", data, 4);
    SEE(message.msg_flags);
    SEE(ntohs(name.sin_port) == port);
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        uint32_t *error = (void *)CMSG_DATA(part);
        unsigned char *kind = (void *)(error + 1);
        say("level %d type %d: %s, origin %d, ICMP type %d code %d", part->cmsg_level, part->cmsg_type, errno_name(error[0]), kind[0], kind[1], kind[2]);
    }
}

CASE(many_messages_a_call)
{
    int port_a, port_b, a = udp_socket(&port_a), b = udp_socket(&port_b);
    char in[3][10];
    struct iovec out[3] = {{"one", 3}, {"two!", 4}, {"three", 5}}, pieces[3] = {{in[0], 10}, {in[1], 10}, {in[2], 2}};
    struct mmsghdr messages[3] = {{{.msg_iov = out, .msg_iovlen = 1}, 0}, {{.msg_iov = out + 1, .msg_iovlen = 1}, 0}, {{.msg_iov = out + 2, .msg_iovlen = 1}, 0}};
    struct timespec timeout = {0, 50000000};
    SHOW(connect(a, LOCAL(port_b)));
    SHOW(syscall(SYS_sendmmsg, a, messages, 3, 0));
    say("lengths %u %u %u", messages[0].msg_len, messages[1].msg_len, messages[2].msg_len);
    wait_for(b, POLLIN);
    pause_ms(20);
    for (int i = 0; i < 3; i++)
        messages[i] = (struct mmsghdr){{.msg_iov = pieces + i, .msg_iovlen = 1}, 0};
    SHOW(syscall(SYS_recvmmsg, b, messages, 3, 0, 0));
    say("lengths %u %u %u, flags %x", messages[0].msg_len, messages[1].msg_len, messages[2].msg_len, messages[2].msg_hdr.msg_flags);
    SHOW(syscall(SYS_recvmmsg, b, messages, 3, MSG_DONTWAIT, 0));
    SHOW(send(a, "alone", 5, 0));
    SHOW(syscall(SYS_recvmmsg, b, messages, 3, MSG_WAITFORONE, 0));
    SHOW(send(a, "alone", 5, 0));
    wait_for(b, POLLIN);
    SHOW(syscall(SYS_recvmmsg, b, messages, 1, 0, &timeout));
    SHOW(syscall(SYS_sendmmsg, a, BAD_POINTER, 3, 0));
    SHOW(syscall(SYS_sendmmsg, a, messages, 0, 0));
}

CASE(packet_information)
{
    int port_a, port_b, a = udp_socket(&port_a), b = udp_socket(&port_b), on = 1;
    char data[10], control[100];
    struct iovec piece = {data, sizeof data};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    SHOW(setsockopt(b, IPPROTO_IP, IP_PKTINFO, &on, sizeof on));
    SHOW(sendto(a, "x", 1, 0, LOCAL(port_b)));
    SHOW(recvmsg(b, &message, 0));
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        struct in_pktinfo *info = (void *)CMSG_DATA(part);
        say("level %d type %d: interface %d, to %s", part->cmsg_level, part->cmsg_type, info->ipi_ifindex, inet_ntoa(info->ipi_addr));
    }
    SHOW(sendto(a, "x", 1, 0, LOCAL(port_b)));
    message.msg_controllen = 4;
    SHOW(recvmsg(b, &message, 0));
    SEE(message.msg_flags == MSG_CTRUNC);
}

CASE(one_port_of_two_sockets)
{
    int port, first = udp_socket(&port), second = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
    SHOW(bind(second, LOCAL(port)));
    SHOW(setsockopt(first, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
    SHOW(bind(second, LOCAL(port)));
    SHOW(setsockopt(second, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
    SHOW(bind(second, LOCAL(port)));
}

CASE(broadcast_needs_permission)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in name = local(9);
    name.sin_addr.s_addr = INADDR_BROADCAST;
    SHOW(connect(fd, (struct sockaddr *)&name, sizeof name));
}

CASE(groups)
{
    int port, fd = udp_socket(&port), value = 3;
    struct ip_mreq group = {.imr_multiaddr = {inet_addr("224.1.2.3")}, .imr_interface = {htonl(INADDR_LOOPBACK)}};
    struct in_addr interface = {htonl(INADDR_LOOPBACK)};
    SHOW(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
    SHOW(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
    SHOW(setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof group));
    SHOW(setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof group));
    group.imr_multiaddr.s_addr = inet_addr("10.1.2.3");
    SHOW(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
    SHOW(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &value, sizeof value));
    SHOW(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &value, sizeof value));
    SHOW(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface));
    SHOW(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &value, sizeof value));
}

CASE(ping_by_a_raw_socket)
{
    int fd = SHOW(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    struct icmphdr echo = {.type = ICMP_ECHO, .un.echo = {htons(0x1234), htons(1)}};
    unsigned char packet[100];
    struct sockaddr_in name;
    socklen_t size = sizeof name;
    uint32_t filter = ~(1u << ICMP_ECHOREPLY);
    SHOW(setsockopt(fd, 255, 1, &filter, sizeof filter));
    echo.checksum = (uint16_t)~(uint16_t)(htons(0x0800) + htons(0x1234) + htons(1));
    SHOW(sendto(fd, &echo, sizeof echo, 0, LOCAL(0)));
    wait_for(fd, POLLIN);
    SHOW(recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&name, &size));
    say("protocol %d, ICMP type %d, identifier %x, sequence %d", packet[9], packet[20], packet[24] << 8 | packet[25], packet[27]);
    say_name("from", &name);
    SHOW(recv(fd, packet, sizeof packet, MSG_DONTWAIT));
}

CASE(frames_of_loopback)
{
    int fd = SHOW(socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP))), port, from = udp_socket(&port), count;
    unsigned char frame[200];
    struct sockaddr_ll name = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = 1};
    socklen_t size = sizeof name;
    SHOW(bind(fd, (struct sockaddr *)&name, sizeof name));
    SHOW(sendto(from, "watched", 7, 0, LOCAL(port)));
    do
        count = recvfrom(fd, frame, sizeof frame, 0, (struct sockaddr *)&name, &size);
    while (count > 0 && frame[9] != IPPROTO_UDP);
    SEE(count);
    SEE(size);
    say("IP version %d, protocol %d, interface %d, protocol %x", frame[0] >> 4, frame[9], name.sll_ifindex, ntohs(name.sll_protocol));
    say_bytes("data", frame + count - 7, 7);
    SHOW(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) >= 0);
}

CASE(interfaces)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq row = {.ifr_name = "lo"};
    SHOW(ioctl(fd, SIOCGIFINDEX, &row));
    SEE(row.ifr_ifindex);
    SHOW(ioctl(fd, SIOCGIFADDR, &row));
    say_name("lo", (struct sockaddr_in *)&row.ifr_addr);
    SHOW(ioctl(fd, SIOCGIFNETMASK, &row));
    say_name("lo", (struct sockaddr_in *)&row.ifr_addr);
    SHOW(ioctl(fd, SIOCGIFFLAGS, &row));
    SEE(row.ifr_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING));
    SHOW(ioctl(fd, SIOCGIFMTU, &row));
    SEE(row.ifr_mtu);
    SHOW(ioctl(fd, SIOCGIFHWADDR, &row));
    SEE(row.ifr_hwaddr.sa_family);
    row.ifr_ifindex = 1;
    SHOW(ioctl(fd, SIOCGIFNAME, &row));
    say("named %s", row.ifr_name);
    strcpy(row.ifr_name, "none0");
    SHOW(ioctl(fd, SIOCGIFADDR, &row));
    struct ifreq rows[8];
    struct ifconf all = {.ifc_len = sizeof rows, .ifc_req = rows};
    SHOW(ioctl(fd, SIOCGIFCONF, &all));
    say("the first of them: %s", rows[0].ifr_name);
    SHOW(ioctl(fd, SIOCGIFCONF, BAD_POINTER));
}
