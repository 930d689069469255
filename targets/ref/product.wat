;; Products of f64 matrices with SIMD. What they come to is fixed by `addProductPlainly` in ir-spec/ops/contract.ts, bit for bit:
;; the terms of each element are added one by one in order of k. How it is used is described in product.ts.
;; An operand lies in panels of four of its rows (lhs) or columns (rhs): panel by panel, for each contracted element four f64.
;; After a change run `npm run wasm`, which writes product-wasm.ts.
(module
  (import "product" "memory" (memory 1))

  ;; out [m, n] += lhs [m, k] times rhs [k, n], for whole tiles of four by four; rows of out are `rowBytes` apart.
  (func (export "addProduct")
    (param $lhs i32) (param $rhs i32) (param $k i32) (param $m i32) (param $n i32) (param $out i32) (param $rowBytes i32)
    (local $i i32) (local $j i32) (local $panelBytes i32)
    (local.set $panelBytes (i32.shl (local.get $k) (i32.const 5)))
    (block $done (loop $columns
      (br_if $done (i32.ge_u (local.get $j) (local.get $n)))
      (local.set $i (i32.const 0))
      (block $below (loop $rows
        (br_if $below (i32.ge_u (local.get $i) (local.get $m)))
        (call $tile
          (i32.add (local.get $lhs) (i32.mul (i32.shr_u (local.get $i) (i32.const 2)) (local.get $panelBytes)))
          (i32.add (local.get $rhs) (i32.mul (i32.shr_u (local.get $j) (i32.const 2)) (local.get $panelBytes)))
          (local.get $panelBytes)
          (i32.add (local.get $out)
            (i32.add (i32.mul (local.get $i) (local.get $rowBytes)) (i32.shl (local.get $j) (i32.const 3))))
          (local.get $rowBytes))
        (local.set $i (i32.add (local.get $i) (i32.const 4)))
        (br $rows)))
      (local.set $j (i32.add (local.get $j) (i32.const 4)))
      (br $columns))))

  ;; One tile: $a points into a panel of lhs, $x into one of rhs. The names of sums say row and half.
  (func $tile (param $a i32) (param $x i32) (param $panelBytes i32) (param $out i32) (param $rowBytes i32)
    (local $end i32) (local $row1 i32) (local $row2 i32) (local $row3 i32)
    (local $f v128) (local $left v128) (local $right v128)
    (local $s00 v128) (local $s01 v128) (local $s10 v128) (local $s11 v128)
    (local $s20 v128) (local $s21 v128) (local $s30 v128) (local $s31 v128)
    (local.set $row1 (i32.add (local.get $out) (local.get $rowBytes)))
    (local.set $row2 (i32.add (local.get $row1) (local.get $rowBytes)))
    (local.set $row3 (i32.add (local.get $row2) (local.get $rowBytes)))
    (local.set $s00 (v128.load (local.get $out))) (local.set $s01 (v128.load offset=16 (local.get $out)))
    (local.set $s10 (v128.load (local.get $row1))) (local.set $s11 (v128.load offset=16 (local.get $row1)))
    (local.set $s20 (v128.load (local.get $row2))) (local.set $s21 (v128.load offset=16 (local.get $row2)))
    (local.set $s30 (v128.load (local.get $row3))) (local.set $s31 (v128.load offset=16 (local.get $row3)))
    (local.set $end (i32.add (local.get $a) (local.get $panelBytes)))
    (loop $element
      (local.set $left (v128.load (local.get $x)))
      (local.set $right (v128.load offset=16 (local.get $x)))
      (local.set $f (v128.load64_splat (local.get $a)))
      (local.set $s00 (f64x2.add (local.get $s00) (f64x2.mul (local.get $f) (local.get $left))))
      (local.set $s01 (f64x2.add (local.get $s01) (f64x2.mul (local.get $f) (local.get $right))))
      (local.set $f (v128.load64_splat offset=8 (local.get $a)))
      (local.set $s10 (f64x2.add (local.get $s10) (f64x2.mul (local.get $f) (local.get $left))))
      (local.set $s11 (f64x2.add (local.get $s11) (f64x2.mul (local.get $f) (local.get $right))))
      (local.set $f (v128.load64_splat offset=16 (local.get $a)))
      (local.set $s20 (f64x2.add (local.get $s20) (f64x2.mul (local.get $f) (local.get $left))))
      (local.set $s21 (f64x2.add (local.get $s21) (f64x2.mul (local.get $f) (local.get $right))))
      (local.set $f (v128.load64_splat offset=24 (local.get $a)))
      (local.set $s30 (f64x2.add (local.get $s30) (f64x2.mul (local.get $f) (local.get $left))))
      (local.set $s31 (f64x2.add (local.get $s31) (f64x2.mul (local.get $f) (local.get $right))))
      (local.set $x (i32.add (local.get $x) (i32.const 32)))
      (br_if $element (i32.lt_u (local.tee $a (i32.add (local.get $a) (i32.const 32))) (local.get $end))))
    (v128.store (local.get $out) (local.get $s00)) (v128.store offset=16 (local.get $out) (local.get $s01))
    (v128.store (local.get $row1) (local.get $s10)) (v128.store offset=16 (local.get $row1) (local.get $s11))
    (v128.store (local.get $row2) (local.get $s20)) (v128.store offset=16 (local.get $row2) (local.get $s21))
    (v128.store (local.get $row3) (local.get $s30)) (v128.store offset=16 (local.get $row3) (local.get $s31))))
