module @jit_attention attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<2x6x8xf32>, %arg1: tensor<8x3x2x4xf32>, %arg2: tensor<2x4x8xf32>, %arg3: tensor<6xi32>, %arg4: tensor<11x8xf32>) -> (tensor<2x6x8xf32> {jax.result_info = "[0]"}, tensor<2x2x6x6xf32> {jax.result_info = "[1]['weights']"}) {
    %c = stablehlo.constant dense<0> : tensor<i32>
    %0 = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<i32>) -> tensor<6xi32>
    %1 = stablehlo.compare  LT, %arg3, %0,  SIGNED : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi1>
    %c_0 = stablehlo.constant dense<11> : tensor<i32>
    %2 = stablehlo.broadcast_in_dim %c_0, dims = [] : (tensor<i32>) -> tensor<6xi32>
    %3 = stablehlo.add %arg3, %2 : tensor<6xi32>
    %4 = call @_where(%1, %3, %arg3) : (tensor<6xi1>, tensor<6xi32>, tensor<6xi32>) -> tensor<6xi32>
    %5 = stablehlo.broadcast_in_dim %4, dims = [0] : (tensor<6xi32>) -> tensor<6x1xi32>
    %6 = "stablehlo.gather"(%arg4, %5) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = array<i64: 1, 8>}> : (tensor<11x8xf32>, tensor<6x1xi32>) -> tensor<6x8xf32>
    %7 = stablehlo.broadcast_in_dim %6, dims = [1, 2] : (tensor<6x8xf32>) -> tensor<1x6x8xf32>
    %8 = stablehlo.broadcast_in_dim %7, dims = [0, 1, 2] : (tensor<1x6x8xf32>) -> tensor<2x6x8xf32>
    %9 = stablehlo.add %arg0, %8 : tensor<2x6x8xf32>
    %10 = stablehlo.dot_general %9, %arg1, contracting_dims = [2] x [0], precision = [DEFAULT, DEFAULT] : (tensor<2x6x8xf32>, tensor<8x3x2x4xf32>) -> tensor<2x6x3x2x4xf32>
    %11 = stablehlo.slice %10 [0:2, 0:6, 0:1, 0:2, 0:4] : (tensor<2x6x3x2x4xf32>) -> tensor<2x6x1x2x4xf32>
    %12 = stablehlo.reshape %11 : (tensor<2x6x1x2x4xf32>) -> tensor<2x6x2x4xf32>
    %13 = stablehlo.slice %10 [0:2, 0:6, 1:2, 0:2, 0:4] : (tensor<2x6x3x2x4xf32>) -> tensor<2x6x1x2x4xf32>
    %14 = stablehlo.reshape %13 : (tensor<2x6x1x2x4xf32>) -> tensor<2x6x2x4xf32>
    %15 = stablehlo.slice %10 [0:2, 0:6, 2:3, 0:2, 0:4] : (tensor<2x6x3x2x4xf32>) -> tensor<2x6x1x2x4xf32>
    %16 = stablehlo.reshape %15 : (tensor<2x6x1x2x4xf32>) -> tensor<2x6x2x4xf32>
    %17 = stablehlo.dot_general %12, %14, batching_dims = [0, 2] x [0, 2], contracting_dims = [3] x [3], precision = [DEFAULT, DEFAULT] : (tensor<2x6x2x4xf32>, tensor<2x6x2x4xf32>) -> tensor<2x2x6x6xf32>
    %cst = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %18 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<2x2x6x6xf32>
    %19 = stablehlo.multiply %17, %18 : tensor<2x2x6x6xf32>
    %20 = stablehlo.iota dim = 0 : tensor<6x6xi32>
    %21 = stablehlo.iota dim = 1 : tensor<6x6xi32>
    %22 = stablehlo.compare  GE, %20, %21,  SIGNED : (tensor<6x6xi32>, tensor<6x6xi32>) -> tensor<6x6xi1>
    %23 = stablehlo.broadcast_in_dim %22, dims = [2, 3] : (tensor<6x6xi1>) -> tensor<2x2x6x6xi1>
    %cst_1 = stablehlo.constant dense<-1.000000e+30> : tensor<f32>
    %24 = stablehlo.broadcast_in_dim %cst_1, dims = [] : (tensor<f32>) -> tensor<2x2x6x6xf32>
    %25 = stablehlo.select %23, %19, %24 : tensor<2x2x6x6xi1>, tensor<2x2x6x6xf32>
    %cst_2 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %26 = stablehlo.reduce(%25 init: %cst_2) applies stablehlo.maximum across dimensions = [3] : (tensor<2x2x6x6xf32>, tensor<f32>) -> tensor<2x2x6xf32>
    %27 = stablehlo.broadcast_in_dim %cst_2, dims = [] : (tensor<f32>) -> tensor<2x2x6xf32>
    %28 = stablehlo.maximum %27, %26 : tensor<2x2x6xf32>
    %29 = stablehlo.broadcast_in_dim %28, dims = [0, 1, 2] : (tensor<2x2x6xf32>) -> tensor<2x2x6x1xf32>
    %30 = stablehlo.broadcast_in_dim %29, dims = [0, 1, 2, 3] : (tensor<2x2x6x1xf32>) -> tensor<2x2x6x6xf32>
    %31 = stablehlo.subtract %25, %30 : tensor<2x2x6x6xf32>
    %32 = stablehlo.exponential %31 : tensor<2x2x6x6xf32>
    %cst_3 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %33 = stablehlo.reduce(%32 init: %cst_3) applies stablehlo.add across dimensions = [3] : (tensor<2x2x6x6xf32>, tensor<f32>) -> tensor<2x2x6xf32>
    %34 = stablehlo.broadcast_in_dim %33, dims = [0, 1, 2] : (tensor<2x2x6xf32>) -> tensor<2x2x6x1xf32>
    %35 = stablehlo.broadcast_in_dim %34, dims = [0, 1, 2, 3] : (tensor<2x2x6x1xf32>) -> tensor<2x2x6x6xf32>
    %36 = stablehlo.divide %32, %35 : tensor<2x2x6x6xf32>
    %37 = stablehlo.dot_general %16, %36, batching_dims = [0, 2] x [0, 1], contracting_dims = [1] x [3], precision = [DEFAULT, DEFAULT] : (tensor<2x6x2x4xf32>, tensor<2x2x6x6xf32>) -> tensor<2x2x4x6xf32>
    %38 = stablehlo.transpose %37, dims = [0, 3, 1, 2] : (tensor<2x2x4x6xf32>) -> tensor<2x6x2x4xf32>
    %39 = stablehlo.dot_general %38, %arg2, contracting_dims = [2, 3] x [0, 1] : (tensor<2x6x2x4xf32>, tensor<2x4x8xf32>) -> tensor<2x6x8xf32>
    return %39, %36 : tensor<2x6x8xf32>, tensor<2x2x6x6xf32>
  }
  func.func private @_where(%arg0: tensor<6xi1>, %arg1: tensor<6xi32>, %arg2: tensor<6xi32>) -> tensor<6xi32> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<6xi1>, tensor<6xi32>
    return %0 : tensor<6xi32>
  }
}
