// An integer of more than fifteen digits may not survive JSON.parse. Strings and shorter numbers are left alone.
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;

/** The same JSON text, with every integer that a double can't hold given as a string. */
export function exactJson(text: string): string {
  if (!/\d{16}/.test(text)) return text;
  return text.replace(TOKENS, (token) => {
    if (token.startsWith('"') || Number.isSafeInteger(Number(token))) return token;
    return `"${token}"`;
  });
}
