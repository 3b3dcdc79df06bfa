import { ActionIcon, AppShell, Burger, Group, NavLink, Text } from '@mantine/core';
import {
  IconBooks,
  IconHelp,
  IconHistory,
  IconHome,
  IconKey,
  IconPlayerPlay,
  IconSearch,
  IconServer,
  IconSettings,
  IconShieldLock,
  type TablerIcon,
} from '@tabler/icons-react';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { Loading } from '@/components/Empty';
import { useShortcuts } from '@/features/palette/useShortcuts';
import { LiveBadge } from './LiveBadge';

const Menus = lazy(() => import('./Menus'));
const Palette = lazy(() => import('@/features/palette/Palette'));
const Shortcuts = lazy(() => import('@/features/palette/Shortcuts'));

const PAGES: { to: string; label: string; Icon: TablerIcon }[] = [
  { to: '/', label: 'Overview', Icon: IconHome },
  { to: '/runs', label: 'Runs', Icon: IconPlayerPlay },
  { to: '/libraries', label: 'Libraries', Icon: IconBooks },
  { to: '/machines', label: 'Machines', Icon: IconServer },
  { to: '/tokens', label: 'Tokens', Icon: IconKey },
  { to: '/access', label: 'Access', Icon: IconShieldLock },
  { to: '/audit', label: 'Audit', Icon: IconHistory },
  { to: '/settings', label: 'Settings', Icon: IconSettings },
  { to: '/help', label: 'Help', Icon: IconHelp },
];

/** What stands around every page: where one can go, who one is, and how fresh the page is. */
export function Shell() {
  const [menu, setMenu] = useState(false);
  const [open, setOpen] = useState<'palette' | 'shortcuts' | null>(null);
  const { pathname } = useLocation();
  const main = useRef<HTMLDivElement>(null);
  const seen = useRef(pathname);
  useShortcuts({ onPalette: () => setOpen('palette'), onHelp: () => setOpen('shortcuts') });
  useEffect(() => {
    setMenu(false);
    if (seen.current !== pathname) main.current?.focus({ preventScroll: false });
    seen.current = pathname;
  }, [pathname]);
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !menu } }}
      padding="md"
    >
      <a className="skip" href={`${pathname}#content`} onClick={(event) => skip(event, main.current)}>
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={menu}
              onClick={() => setMenu((was) => !was)}
              hiddenFrom="sm"
              size="sm"
              aria-label={menu ? 'Close the menu' : 'Open the menu'}
            />
            <Text component={Link} to="/" fw={700} c="inherit" td="none" className="brand">
              SPLime
            </Text>
          </Group>
          <Group gap={4} wrap="nowrap">
            <LiveBadge />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label="Search and commands"
              title="Search and commands (Ctrl K)"
              onClick={() => setOpen('palette')}
            >
              <IconSearch size={18} />
            </ActionIcon>
            <Suspense fallback={null}>
              <Menus />
            </Suspense>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        {PAGES.map(({ to, label, Icon }) => {
          const active = to === '/' ? pathname === '/' : pathname === to || pathname.startsWith(`${to}/`);
          return (
            <NavLink
              key={to}
              component={Link}
              to={to}
              label={label}
              leftSection={<Icon size={18} aria-hidden />}
              active={active}
              aria-current={active ? 'page' : undefined}
              variant="subtle"
              color="lime"
            />
          );
        })}
      </AppShell.Navbar>
      <AppShell.Main id="content" ref={main} tabIndex={-1} style={{ outline: 'none' }}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </AppShell.Main>
      <Suspense fallback={null}>
        {open === 'palette' && <Palette opened onClose={() => setOpen(null)} />}
        {open === 'shortcuts' && <Shortcuts opened onClose={() => setOpen(null)} />}
      </Suspense>
    </AppShell>
  );
}

function skip(event: React.MouseEvent, main: HTMLElement | null) {
  event.preventDefault();
  main?.focus();
}
