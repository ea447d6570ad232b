/** [rows, columns] to [columns, rows], row-major, each value times a factor. */
export function transposed(values: Float32Array, rows: number, columns: number, factor = 1): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0, from = row * columns, to = row; column < columns; column++, from++, to += rows) {
      result[to] = values[from]! * factor;
    }
  }
  return result;
}
