/** What the program asks for when it is given an account, and no more. */
export const SCOPES = [
  'read:accounts',
  'read:follows', // whom it has blocked or muted
  'read:statuses',
  'read:notifications',
  'write:statuses',
  'write:media',
] as const;

/** `read` is all of `read:…`. */
export function grants(scopes: readonly string[], scope: string): boolean {
  return scopes.includes(scope) || scopes.includes(scope.split(':')[0]!);
}
