import { setupServer } from 'msw/node';

/** The API of component tests: each test says what it answers; everything else fails the test. */
export const server = setupServer();
