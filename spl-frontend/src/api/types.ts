import type { components } from './schema';

/** Every model of the API by its name: `Schemas['RunSummary']`. */
export type Schemas = components['schemas'];
