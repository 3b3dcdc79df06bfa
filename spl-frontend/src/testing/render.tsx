import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router';
import { render, screen } from '@testing-library/react';
import type { ReactNode } from 'react';

/** Draw something as it stands in the console, at an address; waits until it is there. */
export async function draw(content: ReactNode, address = '/') {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false }, mutations: { retry: false } } });
  const root = createRootRoute();
  const page = createRoute({
    getParentRoute: () => root,
    path: '$',
    component: () => <div data-testid="drawn">{content}</div>,
  });
  const home = createRoute({
    getParentRoute: () => root,
    path: '/',
    component: () => <div data-testid="drawn">{content}</div>,
  });
  const router = createRouter({
    routeTree: root.addChildren([home, page]),
    history: createMemoryHistory({ initialEntries: [address] }),
  });
  const result = render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        {/* The tests' own small tree of routes stands in for the console's. */}
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  await screen.findByTestId('drawn');
  return { ...result, client, router };
}
