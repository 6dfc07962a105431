/* complex: two floats. Formatting it and parsing more than the usual forms are left out. */
#include "internal/runtime_internal.h"

static Py_complex multiply(Py_complex a, Py_complex b)
{
    return (Py_complex){a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real};
}

/* Smith's method: scales by the larger part of b so that the squares cannot overflow. b is not zero. */
static Py_complex divide(Py_complex a, Py_complex b)
{
    double ratio, scale;

    if (fabs(b.real) >= fabs(b.imag)) {
        ratio = b.imag / b.real;
        scale = b.real + b.imag * ratio;
        return (Py_complex){(a.real + a.imag * ratio) / scale, (a.imag - a.real * ratio) / scale};
    }
    ratio = b.real / b.imag;
    scale = b.real * ratio + b.imag;
    return (Py_complex){(a.real * ratio + a.imag) / scale, (a.imag * ratio - a.real) / scale};
}

static double magnitude(Py_complex a)
{
    double large = fabs(a.real), small = fabs(a.imag);

    if (Py_IS_INFINITY(large) || Py_IS_INFINITY(small))
        return Py_INFINITY;
    if (large < small) {
        double swap = large;
        large = small;
        small = swap;
    }
    if (large == 0 || small == 0)
        return large + small;
    /* most magnitudes need no scaling, and are then exact where the squares are */
    if (large < 1e150 && small > 1e-150)
        return sqrt(large * large + small * small);
    return large * sqrt(1 + small / large * (small / large));
}

PyObject *PyComplex_FromCComplex(Py_complex value)
{
    PyComplexObject *self = PyObject_New(PyComplexObject, &PyComplex_Type);
    if (self)
        self->cval = value;
    return (PyObject *)self;
}

PyObject *PyComplex_FromDoubles(double real, double imag)
{
    return PyComplex_FromCComplex((Py_complex){real, imag});
}

/* A number's value as complex through complex itself, __complex__, or float(); 0, or -1 with an exception. */
static int as_complex(PyObject *op, Py_complex *value)
{
    PyObject *method, *result;

    if (PyComplex_Check(op)) {
        *value = ((PyComplexObject *)op)->cval;
        return 0;
    }
    method = _PyObject_LookupSpecialName(op, "__complex__");
    if (!method) {
        *value = (Py_complex){PyErr_Occurred() ? 0 : PyFloat_AsDouble(op), 0};
        return PyErr_Occurred() ? -1 : 0;
    }
    result = PyObject_CallNoArgs(method);
    Py_DECREF(method);
    if (result && !PyComplex_Check(result))
        PyErr_Format(PyExc_TypeError, "__complex__ returned non-complex (type %.200s)", Py_TYPE(result)->tp_name);
    else if (result)
        *value = ((PyComplexObject *)result)->cval;
    Py_XDECREF(result);
    return PyErr_Occurred() ? -1 : 0;
}

Py_complex PyComplex_AsCComplex(PyObject *op)
{
    Py_complex value = {-1.0, 0};
    as_complex(op, &value);
    return value;
}

double PyComplex_RealAsDouble(PyObject *op)
{
    return PyComplex_AsCComplex(op).real;
}

double PyComplex_ImagAsDouble(PyObject *op)
{
    return PyComplex_Check(op) ? ((PyComplexObject *)op)->cval.imag : 0.0;
}

/* The operand of an operator: 1, 0 if it is no number for complex, -1 with an exception. */
static int operand(PyObject *op, Py_complex *value)
{
    if (PyComplex_Check(op))
        *value = ((PyComplexObject *)op)->cval;
    else if (PyLong_Check(op) || PyFloat_Check(op))
        *value = (Py_complex){PyLong_Check(op) ? PyLong_AsDouble(op) : PyFloat_AS_DOUBLE(op), 0};
    else
        return 0;
    return value->real == -1.0 && PyErr_Occurred() ? -1 : 1;
}

static int operands(PyObject *left, PyObject *right, Py_complex *a, Py_complex *b)
{
    int status = operand(left, a);
    return status > 0 ? operand(right, b) : status;
}

#define BINARY(name, expression)                                       \
    static PyObject *name(PyObject *left, PyObject *right)             \
    {                                                                  \
        Py_complex a, b;                                               \
        int status = operands(left, right, &a, &b);                    \
        if (status < 0)                                                \
            return NULL;                                               \
        if (!status)                                                   \
            Py_RETURN_NOTIMPLEMENTED;                                  \
        return PyComplex_FromCComplex(expression);                     \
    }

BINARY(complex_add, ((Py_complex){a.real + b.real, a.imag + b.imag}))
BINARY(complex_subtract, ((Py_complex){a.real - b.real, a.imag - b.imag}))
BINARY(complex_multiply, multiply(a, b))

static PyObject *complex_divide(PyObject *left, PyObject *right)
{
    Py_complex a, b;
    int status = operands(left, right, &a, &b);

    if (status < 0)
        return NULL;
    if (!status)
        Py_RETURN_NOTIMPLEMENTED;
    if (b.real == 0 && b.imag == 0) {
        PyErr_SetString(PyExc_ZeroDivisionError, "complex division by zero");
        return NULL;
    }
    return PyComplex_FromCComplex(divide(a, b));
}

/* Whole exponents only: the others need logarithms of complex numbers. */
static PyObject *complex_power(PyObject *left, PyObject *right, PyObject *modulus)
{
    Py_complex a, b, power = {1, 0};
    int status = operands(left, right, &a, &b);

    if (status < 0)
        return NULL;
    if (!status || !Py_IsNone(modulus))
        Py_RETURN_NOTIMPLEMENTED;
    if (b.imag != 0 || b.real != floor(b.real) || fabs(b.real) > 100)
        return _PyNotImplementedFeature("complex powers other than small whole ones");
    for (long i = labs((long)b.real); i; i >>= 1, a = multiply(a, a))
        if (i & 1)
            power = multiply(power, a);
    if (b.real >= 0)
        return PyComplex_FromCComplex(power);
    if (power.real == 0 && power.imag == 0) {
        PyErr_SetString(PyExc_ZeroDivisionError, "0.0 to a negative or complex power");
        return NULL;
    }
    return PyComplex_FromCComplex(divide((Py_complex){1, 0}, power));
}

static PyObject *complex_negative(PyObject *op)
{
    Py_complex a = ((PyComplexObject *)op)->cval;
    return PyComplex_FromDoubles(-a.real, -a.imag);
}

static PyObject *complex_positive(PyObject *op)
{
    return PyComplex_FromCComplex(((PyComplexObject *)op)->cval);
}

static PyObject *complex_absolute(PyObject *op)
{
    return PyFloat_FromDouble(magnitude(((PyComplexObject *)op)->cval));
}

static int complex_bool(PyObject *op)
{
    Py_complex a = ((PyComplexObject *)op)->cval;
    return a.real != 0 || a.imag != 0;
}

static PyObject *complex_repr(PyObject *op)
{
    Py_complex a = ((PyComplexObject *)op)->cval;
    int alone = a.real == 0 && copysign(1, a.real) > 0;
    char *imag = PyOS_double_to_string(a.imag, 'r', 0, alone ? 0 : Py_DTSF_SIGN, NULL);
    char *real = alone || !imag ? NULL : PyOS_double_to_string(a.real, 'r', 0, 0, NULL);
    PyObject *text = NULL;

    if (imag && alone)
        text = PyUnicode_FromFormat("%sj", imag);
    else if (real)
        text = PyUnicode_FromFormat("(%s%sj)", real, imag);
    PyMem_Free(imag);
    PyMem_Free(real);
    return text;
}

static Py_hash_t complex_hash(PyObject *op)
{
    Py_complex a = ((PyComplexObject *)op)->cval;
    Py_uhash_t hash = (Py_uhash_t)_Py_HashDouble(op, a.real) + 1000003UL * (Py_uhash_t)_Py_HashDouble(op, a.imag);
    return hash == (Py_uhash_t)-1 ? -2 : (Py_hash_t)hash;
}

/* An int is compared as int, so that no bits get lost. */
static PyObject *complex_richcompare(PyObject *left, PyObject *right, int op)
{
    Py_complex a = ((PyComplexObject *)left)->cval;
    int equal;

    if (op != Py_EQ && op != Py_NE)
        Py_RETURN_NOTIMPLEMENTED;
    if (PyLong_Check(right)) {
        PyObject *real = PyFloat_FromDouble(a.real);
        equal = !real ? -1 : a.imag == 0 ? PyObject_RichCompareBool(real, right, Py_EQ) : 0;
        Py_XDECREF(real);
        if (equal < 0)
            return NULL;
    } else {
        Py_complex b;
        if (!operand(right, &b))
            Py_RETURN_NOTIMPLEMENTED;
        equal = a.real == b.real && a.imag == b.imag;
    }
    return PyBool_FromLong(equal == (op == Py_EQ));
}

/* A float at *text, which moves behind it; 0 if there is none. */
static int take_number(const char **text, double *value)
{
    char *end;

    *value = PyOS_string_to_double(*text, &end, NULL);
    if (end == *text) {
        PyErr_Clear();
        return 0;
    }
    *text = end;
    return 1;
}

/* [real][+-imag j], where a lone sign before j is one; blanks around it, and round brackets around that. */
static int parse(const char *text, Py_complex *value)
{
    double number;
    int bracket;

    *value = (Py_complex){0, 0};
    while (*text == ' ')
        text++;
    bracket = *text == '(';
    text += bracket;
    if (!take_number(&text, &number)) {
        if (*text != 'j' && *text != '+' && *text != '-')
            return 0;
        number = *text == '-' ? -1 : 1;
        text += *text != 'j';
        if (*text != 'j' && *text != 'J')
            return 0;
    }
    if (*text == 'j' || *text == 'J') {
        value->imag = number;
        text++;
    } else {
        value->real = number;
        if (*text == '+' || *text == '-') {
            int sign = *text == '-' ? -1 : 1;
            if (!take_number(&text, &value->imag)) {
                value->imag = sign;
                text++;
            }
            if (*text != 'j' && *text != 'J')
                return 0;
            text++;
        }
    }
    if (bracket && *text++ != ')')
        return 0;
    while (*text == ' ')
        text++;
    return *text == 0;
}

static PyObject *make(PyTypeObject *type, Py_complex value)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self)
        ((PyComplexObject *)self)->cval = value;
    return self;
}

static PyObject *complex_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    static char *names[] = {"real", "imag", NULL};
    PyObject *real = NULL, *imag = NULL;
    Py_complex a = {0, 0}, b = {0, 0};

    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|OO:complex", names, &real, &imag))
        return NULL;
    if (real && PyUnicode_Check(real)) {
        const char *text = PyUnicode_AsUTF8(real);
        if (imag)
            PyErr_SetString(PyExc_TypeError, "complex() can't take second arg if first is a string");
        else if (text && !parse(text, &a))
            PyErr_SetString(PyExc_ValueError, "complex() arg is a malformed string");
        return PyErr_Occurred() ? NULL : make(type, a);
    }
    if (imag && PyUnicode_Check(imag)) {
        PyErr_SetString(PyExc_TypeError, "complex() second arg can't be a string");
        return NULL;
    }
    if ((real && as_complex(real, &a) < 0) || (imag && as_complex(imag, &b) < 0))
        return NULL;
    return make(type, (Py_complex){a.real - b.imag, a.imag + b.real});
}

static PyObject *complex_conjugate(PyObject *op, PyObject *unused)
{
    Py_complex a = ((PyComplexObject *)op)->cval;
    (void)unused;
    return PyComplex_FromDoubles(a.real, -a.imag);
}

static PyObject *complex_complex(PyObject *op, PyObject *unused)
{
    (void)unused;
    return PyComplex_FromCComplex(((PyComplexObject *)op)->cval);
}

static PyObject *complex_format(PyObject *op, PyObject *spec)
{
    if (PyUnicode_Check(spec) && PyUnicode_GET_LENGTH(spec) == 0)
        return PyObject_Str(op);
    return _PyNotImplementedFeature("format of complex");
}

static PyNumberMethods complex_as_number = {
    .nb_add = complex_add,
    .nb_subtract = complex_subtract,
    .nb_multiply = complex_multiply,
    .nb_power = complex_power,
    .nb_negative = complex_negative,
    .nb_positive = complex_positive,
    .nb_absolute = complex_absolute,
    .nb_bool = complex_bool,
    .nb_true_divide = complex_divide,
};

static PyMethodDef complex_methods[] = {
    {"__complex__", complex_complex, METH_NOARGS, NULL},
    {"__format__", complex_format, METH_O, NULL},
    {"conjugate", complex_conjugate, METH_NOARGS, "conjugate(): the same with the imaginary part negated."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef complex_members[] = {
    {"real", Py_T_DOUBLE, offsetof(PyComplexObject, cval.real), Py_READONLY, NULL},
    {"imag", Py_T_DOUBLE, offsetof(PyComplexObject, cval.imag), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PyComplex_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "complex",
    .tp_basicsize = sizeof(PyComplexObject),
    .tp_repr = complex_repr,
    .tp_as_number = &complex_as_number,
    .tp_hash = complex_hash,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "complex(real=0, imag=0) or complex(text)",
    .tp_richcompare = complex_richcompare,
    .tp_methods = complex_methods,
    .tp_members = complex_members,
    .tp_new = complex_new,
};
