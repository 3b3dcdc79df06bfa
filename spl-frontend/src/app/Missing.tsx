import { Box, Button } from '@mantine/core';
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { Empty } from '@/components/Empty';
import { Page } from '@/components/Page';
import { Problem } from '@/components/Problem';

/** There is no page at this address. */
export function Missing() {
  return (
    <Box component="main" p="xl">
      <Page title="Nothing here">
        <Empty
          title="There is no such page"
          text="The address may be mistyped, or what it showed is gone."
          action={
            <Button component={Link} to="/" variant="default">
              To the overview
            </Button>
          }
        />
      </Page>
    </Box>
  );
}

/** A page broke while it was drawn: the rest of the console goes on. */
export function PageFailed({ error, reset }: ErrorComponentProps) {
  return (
    <Page title="This page has failed">
      <Problem error={error} onRetry={reset} />
    </Page>
  );
}
