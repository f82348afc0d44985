"""Asking for memory ahead of its use, which compiled Python has no word for.

What a leg does lies somewhere in tens of megabytes. The processor waits for each such place unless it is told of many
at once, early enough. Told or not, it computes the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.extending import intrinsic

LINE_BYTES = 64
"""Memory comes in pieces of this size."""
_PER_LINE = LINE_BYTES // 16
"""So many responses of both legs are a piece."""
_READ, _KEEP, _DATA = 0, 3, 1


def _ask_for(_: Any, array: Any, row: Any, kind: Any, column: Any) -> Any:
    def _generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind_of_array, *kinds = signature.args
        whole = context.make_array(kind_of_array)(context, builder, values[0])
        place = [context.cast(builder, v, k, types.intp) for v, k in zip(values[1:], kinds, strict=True)]
        place.append(context.get_constant(types.intp, 0))
        element = cgutils.get_item_pointer(context, builder, kind_of_array, whole, place, wraparound=False)
        address, number = builder.bitcast(element, ir.IntType(8).as_pointer()), ir.IntType(32)
        shape = ir.FunctionType(ir.VoidType(), [address.type, number, number, number])
        prefetch = cgutils.get_or_insert_function(builder.module, shape, "llvm.prefetch.p0i8")
        builder.call(prefetch, [address, number(_READ), number(_KEEP), number(_DATA)])
        return context.get_dummy_value()

    return types.void(array, row, kind, column), _generate


ask_for: Any = intrinsic(_ask_for)
"""``ask_for(array, row, kind, column)`` in compiled code has the line fetched that holds the first number of a place in
an array of four dimensions."""


@njit(inline="always")
def ask_ahead(first: Any, end: Any, who: Any, people: int, pool: Any, meaning: Any, responses: Any) -> None:
    """Have fetched what the bouts of some people's days mean for their legs; all as for ``kernel.live_day``."""
    slot_of, row_of, kind_of, _ = meaning
    for i in range(people):
        person = np.uint64(who[i])
        for bout in range(first[i], end[i]):
            doing = pool[0][bout]
            row = row_of[np.uint64(slot_of[doing]), person]
            for column in range(0, responses.shape[2], _PER_LINE):
                ask_for(responses, row, kind_of[doing], column)
