/** [rows, columns] to [columns, rows], row-major. */
export function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0, from = row * columns, to = row; column < columns; column++, from++, to += rows) {
      result[to] = values[from]!;
    }
  }
  return result;
}
