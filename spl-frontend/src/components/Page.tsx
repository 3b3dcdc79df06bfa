import { Anchor, Box, Breadcrumbs, Group, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useId } from 'react';

interface Crumb {
  label: string;
  href: string;
}

interface PageProps {
  title: string;
  /** What stands beside the title: a state, a badge. */
  beside?: ReactNode;
  actions?: ReactNode;
  crumbs?: readonly Crumb[];
  /** A line below the title. */
  below?: ReactNode;
  children: ReactNode;
}

/** One page: its only first heading, the ways back, what can be done, and then its content. */
export function Page({ title, beside, actions, crumbs, below, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · SPLime`;
  }, [title]);
  return (
    <Box className="page">
      {crumbs && crumbs.length > 0 && (
        <Breadcrumbs mb={4} component="nav" aria-label="Breadcrumbs" className="crumbs">
          {crumbs.map((crumb) => (
            <Anchor key={crumb.href} href={crumb.href} size="sm" className="name">
              {crumb.label}
            </Anchor>
          ))}
        </Breadcrumbs>
      )}
      <Group justify="space-between" align="flex-start" mb="md" gap="sm">
        <Box miw={0} flex="1 1 16rem">
          <Group gap="sm">
            <Title order={1} size="h2" className="name">
              {title}
            </Title>
            {beside}
          </Group>
          {below && (
            <Text component="div" c="dimmed" size="sm" mt={2}>
              {below}
            </Text>
          )}
        </Box>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Box>
  );
}

interface SectionProps {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}

/** A part of a page under its own heading. */
export function Section({ title, actions, children }: SectionProps) {
  const id = useId();
  return (
    <Box component="section" aria-labelledby={id} mb="xl">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4" id={id}>
          {title}
        </Title>
        {actions}
      </Group>
      {children}
    </Box>
  );
}
