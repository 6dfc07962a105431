cimport cython

from pynet.tcp cimport chrono, output, pacing
from pynet.tcp.congestion cimport NewReno
from pynet.tcp.connection cimport Connection
from pynet.tcp.delivery cimport Sent
from pynet.tcp.recovery cimport Scoreboard

cpdef dict fields(Connection conn, long long now)
cpdef dict state(Connection conn, long long now)
@cython.locals(sent=Sent, probe=Sent)
cpdef dict outstanding(Connection conn)
@cython.locals(control=NewReno)
cpdef dict windows(Connection conn)
@cython.locals(board=Scoreboard)
cpdef dict counters(Connection conn, long long now)
