/* Stands for the runtime in an image that has none. */
#include "runtime.h"

#include "port.h"

PyThreadState *runtime_current;

int runtime_init(const struct runtime_module *modules)
{
    static const char text[] = "this image holds no Python runtime\n";
    (void)modules;
    port_write(text, sizeof text - 1);
    return -1;
}

int runtime_run(const char *module, const char *function)
{
    (void)module;
    (void)function;
    return 1;
}
