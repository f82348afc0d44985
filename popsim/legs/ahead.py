"""Asking for memory ahead of its use, which compiled Python has no word for.

What a leg does lies somewhere in tens of megabytes. The processor waits for each such place unless it is told of many
at once, early enough. Told or not, it computes the same.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

LINE_BYTES = 64
"""Memory comes in pieces of this size."""
_READ, _KEEP, _DATA = 0, 3, 1


def _ask_for(_: Any, array: Any, row: Any, kind: Any, column: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
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

    return types.void(array, row, kind, column), generate


ask_for: Any = intrinsic(_ask_for)
"""``ask_for(array, row, kind, column)`` in compiled code has the line fetched that holds the first number of a place in
an array of four dimensions."""
