// A program of about 300 lines: layers of a network, written one after the other.

/** `mistake`: a statement for one of the layers, whose number is put in the place of `#`. */
export function largeProgram(mistake = ""): string {
  const layers = Array.from({ length: 20 }, (_, layer) => String(layer));
  const params = layers.map(
    (i) =>
      `  weight s${i}: bf16[D],\n  weight b${i}: bf16[D],\n  weight u${i}: bf16[D, F],\n  weight d${i}: bf16[F, D],`,
  );
  const body = layers.map((i) => {
    const own = i === "13" ? `${mistake.replaceAll("#", i)}\n` : "";
    return `  // layer ${i}
  n${i} = layer_normalization(h${i}, s${i}, b${i}, axis=-1, epsilon=1e-5)
  up${i} = matmul(n${i}, u${i})
  g${i} = gelu(up${i})
  f${i} = g${i} * sigmoid(up${i})
  c${i} = f${i} + 1.0
  e${i} = c${i} - 1.0
${own}  p${i} = matmul(e${i}, d${i})
  q${i} = p${i} * 0.5
  h${Number(i) + 1} = h${i} + q${i}`;
  });
  return `graph large<T = 4, D = 8, F = 16>(
  x: bf16[T, D],
${params.join("\n")}
) -> (y: bf16[T, D]) {
  h0 = x
${body.join("\n")}
  y = h20
}
`;
}
