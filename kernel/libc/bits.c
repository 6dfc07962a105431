/* What gcc calls for __builtin_popcountll. libgcc's own is built with a red zone, which an interrupt would overwrite. */
int __popcountdi2(unsigned long long value);

int __popcountdi2(unsigned long long value)
{
    int count = 0;
    for (; value; value &= value - 1)
        count++;
    return count;
}
