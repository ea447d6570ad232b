import path from 'node:path';

/** Where it is kept what `device: auto` came to, in a home folder. It may be deleted: then it is measured anew. */
export const deviceFile = (home: string) => path.join(home, 'data', 'devices.json');
