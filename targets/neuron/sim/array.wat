;; The systolic array's arithmetic with SIMD, over the memory that holds SBUF, PSUM and the array's own panels. What it
;; computes is fixed by `addProduct` in isa/product.ts, bit for bit; how the simulator uses it is described in array.ts.
;; A matrix [k, n] lies in panels of four columns: panel by panel, row by row, four f32 (16 bytes) for each row. Behind each
;; panel 64 bytes are left free, so that rows of neighbouring panels do not fight for the same lines of the cache.
;; After a change run `npm run wasm`, which writes array-wasm.ts.
(module
  (import "array" "memory" (memory 1))

  (func $panelBytes (param $k i32) (result i32)
    (i32.add (i32.shl (local.get $k) (i32.const 4)) (i32.const 64)))

  ;; Packs bf16 rows of n neighbouring elements, `rowBytes` apart; missing columns of the last panel keep what they hold.
  (func (export "packBf16")
    (param $src i32) (param $rowBytes i32) (param $k i32) (param $n i32) (param $panels i32)
    (local $row i32) (local $from i32) (local $to i32) (local $left i32) (local $panelBytes i32)
    (local.set $panelBytes (call $panelBytes (local.get $k)))
    (block $done (loop $rows
      (br_if $done (i32.ge_u (local.get $row) (local.get $k)))
      (local.set $from (i32.add (local.get $src) (i32.mul (local.get $row) (local.get $rowBytes))))
      (local.set $to (i32.add (local.get $panels) (i32.shl (local.get $row) (i32.const 4))))
      (local.set $left (local.get $n))
      (block $rest (loop $columns
        (br_if $rest (i32.lt_u (local.get $left) (i32.const 4)))
        (v128.store (local.get $to)
          (i32x4.shl (i32x4.extend_low_i16x8_u (v128.load64_zero (local.get $from))) (i32.const 16)))
        (local.set $from (i32.add (local.get $from) (i32.const 8)))
        (local.set $to (i32.add (local.get $to) (local.get $panelBytes)))
        (local.set $left (i32.sub (local.get $left) (i32.const 4)))
        (br $columns)))
      (block $end (loop $single
        (br_if $end (i32.eqz (local.get $left)))
        (i32.store (local.get $to) (i32.shl (i32.load16_u (local.get $from)) (i32.const 16)))
        (local.set $from (i32.add (local.get $from) (i32.const 2)))
        (local.set $to (i32.add (local.get $to) (i32.const 4)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $single)))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br $rows))))

  ;; out[i, j] = (accumulate ? out[i, j] : 0) + the product's element, for whole tiles of four rows and eight columns.
  (func (export "product")
    (param $stationary i32) (param $moving i32) (param $k i32) (param $m i32) (param $n i32)
    (param $out i32) (param $rowBytes i32) (param $accumulate i32)
    (local $i i32) (local $j i32) (local $panelBytes i32) (local $x i32)
    (local.set $panelBytes (call $panelBytes (local.get $k)))
    (block $done (loop $columns
      (br_if $done (i32.ge_u (local.get $j) (local.get $n)))
      (local.set $x (i32.add (local.get $moving) (i32.mul (i32.shr_u (local.get $j) (i32.const 2)) (local.get $panelBytes))))
      (local.set $i (i32.const 0))
      (block $below (loop $rows
        (br_if $below (i32.ge_u (local.get $i) (local.get $m)))
        (call $tile
          (i32.add (local.get $stationary) (i32.mul (i32.shr_u (local.get $i) (i32.const 2)) (local.get $panelBytes)))
          (local.get $x)
          (i32.add (local.get $x) (local.get $panelBytes))
          (local.get $k)
          (i32.add (local.get $out)
            (i32.add (i32.mul (local.get $i) (local.get $rowBytes)) (i32.shl (local.get $j) (i32.const 2))))
          (local.get $rowBytes)
          (i32x4.splat (i32.sub (i32.const 0) (local.get $accumulate))))
        (local.set $i (i32.add (local.get $i) (i32.const 4)))
        (br $rows)))
      (local.set $j (i32.add (local.get $j) (i32.const 8)))
      (br $columns))))

  ;; One tile: $w points into a panel of the stationary operand, $x0 and $x1 into two panels of the moving one. The names of sums
  ;; say row and half: $t.. of a run of rows of the operands, $s.. of all runs so far.
  (func $tile
    (param $w i32) (param $x0 i32) (param $x1 i32) (param $k i32) (param $out i32) (param $rowBytes i32) (param $keep v128)
    (local $end i32) (local $runEnd i32) (local $f v128) (local $a v128) (local $b v128)
    (local $s00 v128) (local $s01 v128) (local $s10 v128) (local $s11 v128)
    (local $s20 v128) (local $s21 v128) (local $s30 v128) (local $s31 v128)
    (local $t00 v128) (local $t01 v128) (local $t10 v128) (local $t11 v128)
    (local $t20 v128) (local $t21 v128) (local $t30 v128) (local $t31 v128)
    (local.set $end (i32.add (local.get $w) (i32.shl (local.get $k) (i32.const 4))))
    (block $done (loop $runs
      (br_if $done (i32.ge_u (local.get $w) (local.get $end)))
      (local.set $runEnd (i32.add (local.get $w) (i32.const 256)))
      (if (i32.gt_u (local.get $runEnd) (local.get $end)) (then (local.set $runEnd (local.get $end))))
      (local.set $t00 (v128.const i32x4 0 0 0 0)) (local.set $t01 (v128.const i32x4 0 0 0 0))
      (local.set $t10 (v128.const i32x4 0 0 0 0)) (local.set $t11 (v128.const i32x4 0 0 0 0))
      (local.set $t20 (v128.const i32x4 0 0 0 0)) (local.set $t21 (v128.const i32x4 0 0 0 0))
      (local.set $t30 (v128.const i32x4 0 0 0 0)) (local.set $t31 (v128.const i32x4 0 0 0 0))
      (loop $row
        (local.set $a (v128.load (local.get $x0)))
        (local.set $b (v128.load (local.get $x1)))
        (local.set $f (v128.load32_splat (local.get $w)))
        (local.set $t00 (f32x4.add (local.get $t00) (f32x4.mul (local.get $f) (local.get $a))))
        (local.set $t01 (f32x4.add (local.get $t01) (f32x4.mul (local.get $f) (local.get $b))))
        (local.set $f (v128.load32_splat offset=4 (local.get $w)))
        (local.set $t10 (f32x4.add (local.get $t10) (f32x4.mul (local.get $f) (local.get $a))))
        (local.set $t11 (f32x4.add (local.get $t11) (f32x4.mul (local.get $f) (local.get $b))))
        (local.set $f (v128.load32_splat offset=8 (local.get $w)))
        (local.set $t20 (f32x4.add (local.get $t20) (f32x4.mul (local.get $f) (local.get $a))))
        (local.set $t21 (f32x4.add (local.get $t21) (f32x4.mul (local.get $f) (local.get $b))))
        (local.set $f (v128.load32_splat offset=12 (local.get $w)))
        (local.set $t30 (f32x4.add (local.get $t30) (f32x4.mul (local.get $f) (local.get $a))))
        (local.set $t31 (f32x4.add (local.get $t31) (f32x4.mul (local.get $f) (local.get $b))))
        (local.set $x0 (i32.add (local.get $x0) (i32.const 16)))
        (local.set $x1 (i32.add (local.get $x1) (i32.const 16)))
        (br_if $row (i32.lt_u (local.tee $w (i32.add (local.get $w) (i32.const 16))) (local.get $runEnd))))
      (local.set $s00 (f32x4.add (local.get $s00) (local.get $t00)))
      (local.set $s01 (f32x4.add (local.get $s01) (local.get $t01)))
      (local.set $s10 (f32x4.add (local.get $s10) (local.get $t10)))
      (local.set $s11 (f32x4.add (local.get $s11) (local.get $t11)))
      (local.set $s20 (f32x4.add (local.get $s20) (local.get $t20)))
      (local.set $s21 (f32x4.add (local.get $s21) (local.get $t21)))
      (local.set $s30 (f32x4.add (local.get $s30) (local.get $t30)))
      (local.set $s31 (f32x4.add (local.get $s31) (local.get $t31)))
      (br $runs)))
    (call $put (local.get $out) (local.get $s00) (local.get $s01) (local.get $keep))
    (local.set $out (i32.add (local.get $out) (local.get $rowBytes)))
    (call $put (local.get $out) (local.get $s10) (local.get $s11) (local.get $keep))
    (local.set $out (i32.add (local.get $out) (local.get $rowBytes)))
    (call $put (local.get $out) (local.get $s20) (local.get $s21) (local.get $keep))
    (local.set $out (i32.add (local.get $out) (local.get $rowBytes)))
    (call $put (local.get $out) (local.get $s30) (local.get $s31) (local.get $keep)))

  ;; Adds eight sums to what is kept of eight elements.
  (func $put (param $out i32) (param $left v128) (param $right v128) (param $keep v128)
    (v128.store (local.get $out)
      (f32x4.add (v128.and (v128.load (local.get $out)) (local.get $keep)) (local.get $left)))
    (v128.store offset=16 (local.get $out)
      (f32x4.add (v128.and (v128.load offset=16 (local.get $out)) (local.get $keep)) (local.get $right)))))
