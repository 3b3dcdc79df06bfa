export interface Piece {
  text: string;
  /** A colour's name, or nothing. */
  color: string | null;
  bold: boolean;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals' own marks begin with one
const MARK = /\u001b\[([\d;]*)([A-Za-z])|\u001b\][^\u0007]*\u0007/g;
const COLORS: Record<number, string> = { 31: 'bad', 32: 'good', 33: 'waiting', 34: 'busy', 35: 'busy', 36: 'busy' };

/** A line of a terminal in pieces of one look each; marks that mean anything else are left out. */
export function pieces(line: string): Piece[] {
  const found: Piece[] = [];
  let color: string | null = null;
  let bold = false;
  let at = 0;
  const push = (text: string) => text && found.push({ text, color, bold });
  for (const mark of line.matchAll(MARK)) {
    push(line.slice(at, mark.index));
    at = mark.index + mark[0].length;
    if (mark[2] !== 'm') continue;
    for (const part of (mark[1] || '0').split(';')) {
      const code = Number(part);
      if (code === 0) {
        color = null;
        bold = false;
      } else if (code === 1) bold = true;
      else if (code === 22) bold = false;
      else if (code === 39) color = null;
      else color = COLORS[code >= 90 && code < 98 ? code - 60 : code] ?? color;
    }
  }
  push(line.slice(at));
  return found;
}
