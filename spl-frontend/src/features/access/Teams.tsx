import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { $api } from '@/api/client';
import { ConfirmTyped } from '@/components/ConfirmTyped';
import { Empty, Loading } from '@/components/Empty';
import { Section } from '@/components/Page';
import { Problem } from '@/components/Problem';
import { useMe } from '@/features/session/useMe';

/** Teams: people that something can be granted to at once. */
export function Teams() {
  const me = useMe();
  const [name, setName] = useState('');
  const { data, error } = $api.useQuery('get', '/teams', { params: { query: { limit: 200 } } });
  const make = $api.useMutation('post', '/teams', { onSuccess: () => setName('') });
  if (error) return <Problem error={error} />;
  if (!data) return <Loading />;
  return (
    <Stack>
      {me.has('library:admin') && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate({ body: { name } });
          }}
        >
          <Group align="flex-end">
            <TextInput
              label="New team"
              required
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button type="submit" loading={make.isPending}>
              Make it
            </Button>
          </Group>
        </form>
      )}
      {make.error && <Problem error={make.error} />}
      {data.items.length === 0 && <Empty title="No teams" text="Whoever makes a team leads it." />}
      {data.items.map((team) => (
        <Team key={team.name} name={team.name} />
      ))}
    </Stack>
  );
}

function Team({ name }: { name: string }) {
  const me = useMe();
  const [user, setUser] = useState('');
  const [removing, setRemoving] = useState(false);
  const { data, error } = $api.useQuery('get', '/teams/{name}', { params: { path: { name } } });
  const add = $api.useMutation('put', '/teams/{name}/members/{user}', { onSuccess: () => setUser('') });
  const drop = $api.useMutation('delete', '/teams/{name}/members/{user}');
  const remove = $api.useMutation('delete', '/teams/{name}', { onSuccess: () => setRemoving(false) });
  if (error) return <Problem error={error} />;
  if (!data) return <Loading rows={1} />;
  const leads = me.admin || data.members.some((one) => one.user === me.name && one.role === 'lead');
  return (
    <Section
      title={name}
      actions={
        leads && (
          <Button size="compact-xs" color="red" variant="subtle" onClick={() => setRemoving(true)}>
            Remove {name}
          </Button>
        )
      }
    >
      <Stack gap={4}>
        {data.members.map((member) => (
          <Group key={member.user} gap="xs">
            <Text className="name">
              {member.user} {member.role === 'lead' && '(leads)'}
            </Text>
            {(leads || member.user === me.name) && (
              <Button
                size="compact-xs"
                variant="subtle"
                aria-label={`Take ${member.user} out of ${name}`}
                onClick={() => drop.mutate({ params: { path: { name, user: member.user } } })}
              >
                Take out
              </Button>
            )}
          </Group>
        ))}
        {leads && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              add.mutate({ params: { path: { name, user: user.trim() } }, body: { role: 'member' } });
            }}
          >
            <Group align="flex-end">
              <TextInput
                size="xs"
                label={`Add to ${name}`}
                required
                value={user}
                onChange={(event) => setUser(event.currentTarget.value)}
              />
              <Button size="xs" type="submit" variant="default" loading={add.isPending}>
                Add
              </Button>
            </Group>
          </form>
        )}
        {(add.error ?? drop.error) && <Problem error={add.error ?? drop.error} />}
      </Stack>
      <ConfirmTyped
        opened={removing}
        onClose={() => setRemoving(false)}
        onConfirm={() => remove.mutate({ params: { path: { name } } })}
        title={`Remove the team ${name}?`}
        word={name}
        action="Remove the team"
        busy={remove.isPending}
        error={remove.error}
      >
        What was granted to it is taken back from everybody in it.
      </ConfirmTyped>
    </Section>
  );
}
