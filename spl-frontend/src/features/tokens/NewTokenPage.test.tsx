import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { draw } from '@/testing/render';
import { server } from '@/testing/server';
import NewTokenPage from './NewTokenPage';

const SECRET = 'splx_thisIsTheSecretOfTheToken';

describe('a new token', () => {
  it('is shown once, and is nowhere after that', async () => {
    server.use(
      http.get('*/api/session', () => HttpResponse.json({ csrf: 'c' })),
      http.get('*/api/console/overview', () => HttpResponse.json({ me: { name: 'alice', scopes: [] } })),
      http.get('*/api/libraries', () => HttpResponse.json({ items: [{ owner: 'alice', name: 'risk' }], next: null })),
      http.get('*/api/owners/alice/libraries/risk/objects', () => HttpResponse.json({ items: [], next: null })),
      http.post('*/api/tokens', () =>
        HttpResponse.json({ kind: 'execution', library: 'alice/risk', token: SECRET }, { status: 201 }),
      ),
    );
    const { client } = await draw(<NewTokenPage />);
    await userEvent.type(screen.getByLabelText(/^Name/), 'billing');
    await screen.findByRole('option', { name: 'alice/risk' });
    await userEvent.selectOptions(screen.getByLabelText(/^Library/), 'alice/risk');
    await userEvent.click(screen.getByRole('button', { name: 'Make the token' }));
    expect((await screen.findAllByText(new RegExp(SECRET)))[0]).toBeVisible();
    expect(
      screen.getByText(/external_token\(os\.environ\["SPL_TOKEN"\], base_url="[^"]+"\) result = server\.call/),
    ).toHaveTextContent(/library="risk"/);
    await userEvent.keyboard('{Escape}');
    expect(screen.getAllByText(new RegExp(SECRET)).length).toBeGreaterThan(0);
    await userEvent.click(screen.getByRole('button', { name: 'I have it' }));
    await waitFor(() => expect(document.body.innerHTML).not.toContain(SECRET));
    const kept = client
      .getMutationCache()
      .getAll()
      .map((one) => JSON.stringify(one.state.data ?? null));
    expect(kept.join()).not.toContain(SECRET);
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain(SECRET);
  }, 20_000);
});
