/**
 * a·b + c in each of four lanes, two roundings. Not the fused instruction of relaxed SIMD, although it is a fifth faster:
 * Node 20 has it behind a flag only, and without it the same numbers come out on every machine.
 */
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c)
}

/** The sum of the four lanes. */
@inline
export function sumLanes(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  )
}
