/* The C API of our own Python runtime, as Cython 3.3.1 sees it: names, layouts and meanings of CPython 3.13.
 *
 * Three parts: what the generated code may choose (below), the objects (objects.h, layouts.h) and the calls (api.h).
 * What only the runtime's own files may use is in internal/runtime_internal.h.
 */
#ifndef Py_PYTHON_H
#define Py_PYTHON_H

#define PY_MAJOR_VERSION 3
#define PY_MINOR_VERSION 13
#define PY_MICRO_VERSION 1
#define PY_RELEASE_LEVEL 0xF
#define PY_RELEASE_SERIAL 0
#define PY_VERSION "3.13.1"
#define PY_VERSION_HEX 0x030D01F0

/* Choices of the generated code. All modules share Cython's common types, so all must be built with the same values. */
#define CYTHON_COMPRESS_STRINGS 0
#define CYTHON_USE_SYS_MONITORING 0
#define CYTHON_CLINE_IN_TRACEBACK 0
#define CYTHON_UPDATE_DESCRIPTOR_DOC 0
#define CYTHON_USE_DICT_VERSIONS 0
#define CYTHON_FAST_GIL 0
#define CYTHON_USE_PYLONG_INTERNALS 1
#define CYTHON_PEP489_MULTI_PHASE_INIT 1
#define CYTHON_USE_TYPE_SPECS 0
#define CYTHON_USE_MODULE_STATE 0
#define CYTHON_IMMORTAL_CONSTANTS 0
#define CYTHON_OPAQUE_OBJECTS 0

#include <assert.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "objects.h"
#include "layouts.h"
#include "api.h"

#endif
