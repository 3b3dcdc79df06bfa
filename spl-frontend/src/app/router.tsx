import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router';
import { basePath } from '@/api/base';
import { accessSearch } from '@/features/access/search';
import { auditSearch } from '@/features/audit/search';
import { librariesSearch } from '@/features/libraries/search';
import { machinesSearch } from '@/features/machines/search';
import { compareSearch, objectSearch } from '@/features/objects/search';
import OverviewPage from '@/features/overview/OverviewPage';
import { runSearch, runsSearch } from '@/features/runs/search';
import { tokensSearch } from '@/features/tokens/search';
import { Frame } from './Frame';
import { Missing, PageFailed } from './Missing';

const root = createRootRoute({ component: Outlet, notFoundComponent: Missing, errorComponent: PageFailed });

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (raw: Record<string, unknown>): { next?: string | undefined } =>
    typeof raw.next === 'string' ? { next: raw.next } : {},
  component: lazyRouteComponent(() => import('@/features/session/LoginPage')),
});

const frame = createRoute({ getParentRoute: () => root, id: 'frame', component: Frame });
const inFrame = () => frame;

const pages = [
  createRoute({ getParentRoute: inFrame, path: '/', component: OverviewPage }),
  createRoute({
    getParentRoute: inFrame,
    path: '/runs',
    validateSearch: runsSearch,
    component: lazyRouteComponent(() => import('@/features/runs/RunsPage')),
  }),
  createRoute({
    getParentRoute: inFrame,
    path: '/runs/$runId',
    validateSearch: runSearch,
    component: lazyRouteComponent(() => import('@/features/runs/RunPage')),
  }),
  createRoute({
    getParentRoute: inFrame,
    path: '/libraries',
    validateSearch: librariesSearch,
    component: lazyRouteComponent(() => import('@/features/libraries/LibrariesPage')),
  }),
  createRoute({
    getParentRoute: inFrame,
    path: '/libraries/$owner/$library',
    validateSearch: librariesSearch,
    component: lazyRouteComponent(() => import('@/features/libraries/LibraryPage')),
  }),
  createRoute({
    getParentRoute: inFrame,
    path: '/libraries/$owner/$library/$name',
    validateSearch: objectSearch,
    component: lazyRouteComponent(() => import('@/features/objects/ObjectPage')),
  }),
  createRoute({
    getParentRoute: inFrame,
    path: '/libraries/$owner/$library/$name/compare',
    validateSearch: compareSearch,
    component: lazyRouteComponent(() => import('@/features/objects/ComparePage')),
  }),
  createRoute({
    getParentRoute: inFrame,
    path: '/machines',
    validateSearch: machinesSearch,
    component: lazyRouteComponent(() => import('@/features/machines/MachinesPage')),
  }),
  createRoute({
    getParentRoute: inFrame,
    path: '/machines/new',
    component: lazyRouteComponent(() => import('@/features/machines/AddMachinePage')),
  }),
  createRoute({
    getParentRoute: inFrame,
    path: '/machines/$machineId',
    component: lazyRouteComponent(() => import('@/features/machines/MachinePage')),
  }),
  createRoute({
    getParentRoute: inFrame,
    path: '/tokens',
    validateSearch: tokensSearch,
    component: lazyRouteComponent(() => import('@/features/tokens/TokensPage')),
  }),
  createRoute({
    getParentRoute: inFrame,
    path: '/tokens/new',
    validateSearch: tokensSearch,
    component: lazyRouteComponent(() => import('@/features/tokens/NewTokenPage')),
  }),
  createRoute({
    getParentRoute: inFrame,
    path: '/access',
    validateSearch: accessSearch,
    component: lazyRouteComponent(() => import('@/features/access/AccessPage')),
  }),
  createRoute({
    getParentRoute: inFrame,
    path: '/audit',
    validateSearch: auditSearch,
    component: lazyRouteComponent(() => import('@/features/audit/AuditPage')),
  }),
  createRoute({
    getParentRoute: inFrame,
    path: '/settings',
    component: lazyRouteComponent(() => import('@/features/settings/SettingsPage')),
  }),
  createRoute({
    getParentRoute: inFrame,
    path: '/help',
    component: lazyRouteComponent(() => import('@/features/help/HelpPage')),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([login, frame.addChildren(pages)]),
  basepath: basePath() || '/',
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
