import { base } from '@/api/base';

export interface CallOf {
  owner: string;
  library: string;
  object: string;
  function?: string | null;
  version?: number | null;
  kwargs: Record<string, unknown>;
  machine?: string | null;
}

/** A call as a notebook would make it. */
export function asPython(call: CallOf): string {
  const name = call.function ? `${call.object}::${call.function}` : call.object;
  const lines = [
    `    ${python(name)},`,
    `    owner=${python(call.owner)},`,
    `    library=${python(call.library)},`,
    ...(call.version ? [`    version=${call.version},`] : []),
    ...(call.machine ? [`    target_machine=${python(call.machine)},`] : []),
    `    kwargs=${python(call.kwargs)},`,
  ];
  return [
    'from spl.server_client import SPLServerClient',
    '',
    `server = SPLServerClient("<your-token>", base_url=${python(`${base()}api`)})`,
    `result = server.call(\n${lines.join('\n')}\n)`,
  ].join('\n');
}

/** The same call for a shell, with nothing but curl. */
export function asCurl(call: CallOf): string {
  const body = {
    object: call.function ? `${call.object}::${call.function}` : call.object,
    owner: call.owner,
    library: call.library,
    ...(call.version ? { version: call.version } : {}),
    ...(call.machine ? { target_machine: call.machine } : {}),
    kwargs: call.kwargs,
  };
  return [
    `curl -sS ${shell(`${base()}api/remote-runs?wait=30`)} \\`,
    '  -H "Authorization: Bearer $SPL_TOKEN" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d ${shell(JSON.stringify(body))}`,
  ].join('\n');
}

/** The same call through the daemon of one's own machine. */
export function asCommand(call: CallOf): string {
  const name = call.function ? `${call.object}::${call.function}` : call.object;
  return [
    `spl-daemon run ${shell(name)} --owner ${shell(call.owner)} --library ${shell(call.library)}`,
    ...(call.machine ? [`--target-machine ${shell(call.machine)}`] : []),
    `--kwargs ${shell(JSON.stringify(call.kwargs))} --wait`,
  ].join(' ');
}

/** A text as one word of a POSIX shell, whatever is in it. */
export function shell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A JSON value as Python writes it. */
export function python(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, item]) => `${python(key)}: ${python(item)}`)
      .join(', ')}}`;
  return String(value);
}

/** JSON's escapes are Python's, but for half characters, which Python reads one by one. */
function text(value: string): string {
  return JSON.stringify(value);
}
