import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse, http } from 'msw';
import { describe, expect, it, vi } from 'vitest';
import { draw } from '@/testing/render';
import { server } from '@/testing/server';
import { safePath } from './LoginPage';
import { SignInForm } from './SignInForm';

describe('signing in', () => {
  it.each([
    ['/runs?state=failed', '/runs?state=failed'],
    ['//evil.example', '/'],
    ['https://evil.example', '/'],
    ['/\\evil.example', '/'],
    [undefined, '/'],
  ])('goes on to %s as %s', (next, path) => expect(safePath(next)).toBe(path));

  it('gives a token as a token and a code as a code, and keeps neither', async () => {
    const bodies: unknown[] = [];
    server.use(
      http.post('*/api/session', async ({ request }) => {
        bodies.push(await request.json());
        return HttpResponse.json({ id: 's', user: 'a', scopes: [], csrf: 'c', expires_at: 1 }, { status: 201 });
      }),
    );
    const done = vi.fn();
    await draw(<SignInForm onDone={done} />);
    const field = screen.getByLabelText(/Token or one-time code/);
    await userEvent.type(field, ' splu_abc {Enter}');
    await waitFor(() => expect(done).toHaveBeenCalledTimes(1));
    await userEvent.type(field, 'spll_abc{Enter}');
    await waitFor(() => expect(done).toHaveBeenCalledTimes(2));
    expect(bodies).toEqual([{ token: 'splu_abc' }, { code: 'spll_abc' }]);
    expect(field).toHaveValue('');
  });

  it('says what the server said', async () => {
    server.use(
      http.post('*/api/session', () =>
        HttpResponse.json(
          {
            type: 'x',
            title: 'Not good',
            status: 401,
            detail: 'This token was revoked.',
            code: 'token_revoked',
            hint: 'Ask for another.',
          },
          { status: 401 },
        ),
      ),
    );
    await draw(<SignInForm onDone={() => {}} />);
    await userEvent.type(screen.getByLabelText(/Token or one-time code/), 'splu_x{Enter}');
    expect(await screen.findByText('This token was revoked.')).toBeVisible();
    expect(screen.getByText('Ask for another.')).toBeVisible();
    expect(screen.getByText('token_revoked')).toBeVisible();
  });
});
