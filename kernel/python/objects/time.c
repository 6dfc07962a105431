/* The module time: the host's monotonic clock and its sleep. There is no wall clock at this door. */
#include "internal/runtime_internal.h"
#include "port.h"

#define US_PER_S 1000000

static PyObject *time_monotonic(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyFloat_FromDouble((double)port_clock_us() / US_PER_S);
}

static PyObject *time_monotonic_ns(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyLong_FromUnsignedLongLong(port_clock_us() * 1000);
}

static PyObject *time_time(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return _PyNotImplementedFeature("time.time: kernel.wall_time_us() has the wall clock");
}

static PyObject *time_sleep(PyObject *module, PyObject *duration)
{
    double seconds = PyFloat_AsDouble(duration);

    (void)module;
    if (seconds == -1.0 && PyErr_Occurred())
        return NULL;
    if (!(seconds >= 0)) {
        PyErr_SetString(PyExc_ValueError, "sleep length must be non-negative");
        return NULL;
    }
    /* about 292,000 years, so that the sum cannot wrap */
    uint64_t us = seconds < 9.2e12 ? (uint64_t)(seconds * US_PER_S) : (uint64_t)INT64_MAX;
    Py_BEGIN_ALLOW_THREADS
    port_wait(port_clock_us() + us);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyMethodDef time_functions[] = {
    {"monotonic", time_monotonic, METH_NOARGS, "monotonic(): seconds since some moment."},
    {"monotonic_ns", time_monotonic_ns, METH_NOARGS, "monotonic_ns(): nanoseconds since that moment."},
    {"perf_counter", time_monotonic, METH_NOARGS, NULL},
    {"perf_counter_ns", time_monotonic_ns, METH_NOARGS, NULL},
    {"sleep", time_sleep, METH_O, "sleep(seconds)"},
    {"time", time_time, METH_NOARGS, NULL},
    {"time_ns", time_time, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef time_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "time",
    .m_size = -1,
    .m_methods = time_functions,
};

PyObject *PyInit__time(void)
{
    return PyModule_Create(&time_module);
}
