/** Whether a reader would see anything: neither white space nor what only steers how text is set, such as its direction or its breaks. */
export function isVisible(text: string): boolean {
  return /[^\s\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\p{M}]/u.test(text);
}
