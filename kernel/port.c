/* What the Python runtime asks of its host (kernel/python/port.h), answered by the kernel. */
#include "port.h"

#include <Python.h>

#include "kernel.h"
#include "pyhost.h"
#include "runtime.h"
#include "sched/sched.h"

/* The modules linked into this image and the one that runs first: a generated table (kernel/python/tools/module_table.py). */
extern const struct runtime_module linked_modules[];
extern const char linked_main[];

void *port_alloc(size_t size)
{
    return kmalloc(size);
}

void *port_realloc(void *old, size_t size)
{
    return krealloc(old, size);
}

void port_free(void *block)
{
    kfree(block);
}

void port_write(const char *text, size_t length)
{
    console_write(text, length);
}

uint64_t port_clock_us(void)
{
    return clock_us();
}

void port_wait(uint64_t deadline_us)
{
    sleep_until(deadline_us);
}

void port_entropy(void *out, size_t length)
{
    random_bytes(out, length);
}

void port_panic(const char *message)
{
    panic("%s", message);
}

unsigned python_run(void)
{
    if (runtime_init(linked_modules) != 0)
        return STATUS_FAILED;
    runtime_thread_stack(runtime_current, thread_stack_lowest(thread_current()));
    int status = runtime_run(linked_main, "main");
    return status < 0 ? STATUS_FAILED : (unsigned)status;
}

/* A thread's body. The reference to the function came with the argument; the thread state is already the current one. */
static void python_thread(void *argument)
{
    PyObject *function = argument;
    PyObject *result = PyObject_CallNoArgs(function);
    if (result == NULL) {
        kprintf("Exception in thread %s:\n", thread_name(thread_current()));
        PyErr_Print();
    }
    Py_XDECREF(result);
    Py_DECREF(function);
    PyThreadState *state = runtime_current;
    runtime_thread_delete(state);
    runtime_current = NULL;
}

int python_thread_start(PyObject *function, const char *name)
{
    PyThreadState *state = runtime_thread_new();
    struct thread *thread = state ? thread_create(name, python_thread, function) : NULL;
    if (thread == NULL) {
        if (state)
            runtime_thread_delete(state);
        PyErr_NoMemory();
        return -1;
    }
    Py_INCREF(function);
    thread->python = state;
    runtime_thread_stack(state, thread_stack_lowest(thread));
    return 0;
}
