import { Button, Table, Text } from '@mantine/core';
import { type Line, matrix } from './words';

interface MatrixProps {
  found: readonly Line[];
  onEdit: (line: Partial<Line>) => void;
}

/** People and teams beside what is shared: each place says what they may there, and is where it is changed. */
export function Matrix({ found, onEdit }: MatrixProps) {
  const { people, things, at } = matrix(found);
  return (
    <Table.ScrollContainer minWidth={320 + things.length * 140}>
      <Table aria-label="Matrix of grants" withTableBorder withColumnBorders>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Who</Table.Th>
            {things.map((thing) => (
              <Table.Th key={thing.key} scope="col" className="name">
                {thing.label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {people.map((person) => (
            <Table.Tr key={person.key}>
              <Table.Th scope="row" className="name">
                {person.who} {person.kind === 'team' && <Text span>(team)</Text>}
              </Table.Th>
              {things.map((thing) => {
                const line = at(person, thing);
                const may = line ? line.permissions.join(', ') : 'nothing';
                return (
                  <Table.Td key={thing.key}>
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      {...(line ? {} : { c: 'dimmed' })}
                      aria-label={`${may}: change what ${person.who} may do with ${thing.label}`}
                      onClick={() =>
                        onEdit(
                          line ?? {
                            who: person.who,
                            kind: person.kind,
                            what: thing.what,
                            object: thing.object,
                            isMachine: thing.isMachine,
                          },
                        )
                      }
                    >
                      {may}
                    </Button>
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
