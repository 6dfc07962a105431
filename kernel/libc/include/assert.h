/* No include guard: C11 7.2 has NDEBUG looked at on every inclusion. */
#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) ((condition) ? (void)0 : assert_failed(#condition, __FILE__, __LINE__))
#endif

#ifndef PYNET_LIBC_ASSERT_H
#define PYNET_LIBC_ASSERT_H
#define static_assert _Static_assert
_Noreturn void assert_failed(const char *condition, const char *file, int line);
#endif
