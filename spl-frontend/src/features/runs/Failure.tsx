import { Alert, Text } from '@mantine/core';
import { CopyButton } from '@/components/Copy';
import { type Failed, traceback } from './traceback';

/** What went wrong in a run: the error first, and the line of source that it came from. */
export function Failure({ error }: { error: Record<string, unknown> }) {
  const told = error as Failed;
  const text = traceback(told);
  const where = told.frames?.at(-1);
  return (
    <Alert
      variant="outline"
      color="red"
      role="alert"
      styles={{ wrapper: { minWidth: 0 }, body: { minWidth: 0 } }}
      title={<span className="name">{[told.type, told.message].filter(Boolean).join(': ') || 'It failed.'}</span>}
    >
      {where && (
        <Text size="sm" className="name">
          In {where.function}, line {where.line}: <code>{where.source}</code>
        </Text>
      )}
      {told.notes?.map((note) => (
        <Text key={note} size="sm" className="name">
          {note}
        </Text>
      ))}
      {text && (
        <>
          <pre className="traceback" role="region" tabIndex={0} aria-label="Traceback">
            {text}
          </pre>
          <CopyButton text={text} label="Copy traceback" />
        </>
      )}
    </Alert>
  );
}
