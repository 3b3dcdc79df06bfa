/** An error as a worker tells it: data, never an object that could do something. */
export interface Failed {
  type?: string;
  message?: string;
  frames?: { file: string; line: number; function: string; source?: string | null }[];
  notes?: string[];
  cause?: Failed | null;
  context?: Failed | null;
}

/** An error in the form that Python prints, what caused it first. */
export function traceback(error: Failed): string {
  const before = error.cause ?? error.context;
  const link = error.cause
    ? 'The above exception was the direct cause of the following exception:'
    : 'During handling of the above exception, another exception occurred:';
  const lines = (error.frames ?? []).flatMap((frame) => [
    `  File "${shortened(frame.file)}", line ${frame.line}, in ${frame.function}`,
    ...(frame.source ? [`    ${frame.source.trim()}`] : []),
  ]);
  const own = [
    ...(lines.length > 0 ? ['Traceback (most recent call last):', ...lines] : []),
    [error.type, error.message].filter(Boolean).join(': '),
  ].join('\n');
  return before ? `${traceback(before)}\n\n${link}\n\n${own}` : own;
}

/** The part of a path that means something to whoever wrote the code, not where a machine has put it. */
function shortened(file: string): string {
  const at = file.lastIndexOf('/src/');
  return at < 0 ? file : file.slice(at + 5);
}
