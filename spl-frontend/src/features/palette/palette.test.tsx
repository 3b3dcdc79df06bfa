import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse, http } from 'msw';
import { describe, expect, it, vi } from 'vitest';
import { draw } from '@/testing/render';
import { server } from '@/testing/server';
import Palette from './Palette';
import { useShortcuts } from './useShortcuts';

function Keys({ onPalette, onHelp }: { onPalette: () => void; onHelp: () => void }) {
  useShortcuts({ onPalette, onHelp });
  return (
    <>
      <input aria-label="Name" />
      <input aria-label="Search" data-search />
    </>
  );
}

describe('shortcuts', () => {
  it('work on the page, and not while somebody types', async () => {
    const [onPalette, onHelp] = [vi.fn(), vi.fn()];
    const { router } = await draw(<Keys onPalette={onPalette} onHelp={onHelp} />);
    await userEvent.type(screen.getByLabelText('Name'), '?gr/');
    expect(onHelp).not.toHaveBeenCalled();
    expect(router.state.location.pathname).toBe('/');
    screen.getByLabelText('Name').blur();
    await userEvent.keyboard('?');
    expect(onHelp).toHaveBeenCalledTimes(1);
    await userEvent.keyboard('/');
    expect(screen.getByLabelText('Search')).toHaveFocus();
    await userEvent.keyboard('{Control>}k{/Control}');
    expect(onPalette).toHaveBeenCalledTimes(1);
    screen.getByLabelText('Search').blur();
    await userEvent.keyboard('gm');
    await waitFor(() => expect(router.state.location.pathname).toBe('/machines'));
  });
});

describe('the palette', () => {
  it('finds on the server, and goes there by keys alone', async () => {
    const empty = { items: [], next: null };
    server.use(
      http.get('*/api/objects', () =>
        HttpResponse.json({ items: [{ id: 'o', owner: 'alice', library: 'risk', name: '<img src=x>' }], next: null }),
      ),
      http.get('*/api/remote-runs', () => HttpResponse.json(empty)),
      http.get('*/api/machines', () => HttpResponse.json(empty)),
    );
    const onClose = vi.fn();
    const { router } = await draw(<Palette opened onClose={onClose} />);
    await userEvent.type(await screen.findByRole('combobox'), 'img');
    expect(await screen.findByText('alice/risk/<img src=x>')).toBeVisible();
    await userEvent.keyboard('{Enter}');
    expect(onClose).toHaveBeenCalled();
    await waitFor(() => expect(router.state.location.pathname).toContain('/libraries/alice/risk/'));
  });
});
