import { fileURLToPath } from 'node:url';

/** The generated migrations, the same for every engine; beside `src` and `dist`. */
export const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));
