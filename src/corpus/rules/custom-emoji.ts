const NAMES = /(?<![\p{L}\p{N}:])(?::(?=[\d_+-]{0,20}[a-z])[a-z0-9_+~-]{2,64}:){1,100}(?![\p{L}\p{N}:])/giu;

/** The pictures of one server, written as names: `Rain again :blobcatsad::rain:` → `Rain again`. Times like 10:30:45 stay. */
export function withoutCustomEmoji(text: string): string {
  return text.includes(':') ? text.replace(NAMES, '') : text;
}
