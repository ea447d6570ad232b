/** Keeps the models in use open within a memory budget. Knows of a model its size, what it stands on, and how to let go of it. */
import { UserError } from '../errors.ts';

export interface Held {
  release(): Promise<void>;
}

/** What a folder holds now. */
export interface Inspected {
  readonly bytes: number;
  /** Changes when the files do. */
  readonly version: string;
  /** The folder of what has to be open besides: an adapter's base. */
  readonly standsOn?: string | undefined;
}

export interface ModelCacheOptions<Model extends Held> {
  readonly budgetBytes: number;
  /** @param base what it stands on, open for as long as it is itself. */
  readonly open: (folder: string, base: Model | undefined) => Promise<Model>;
  readonly inspect: (folder: string) => Inspected;
  /** Of what is leased, where it says more than a folder. */
  readonly folderOf?: (leased: string) => string;
}

/** A model that stays open until it is given back. */
export interface Lease<Model> {
  readonly model: Model;
  giveBack(): Promise<void>;
}

export interface ModelCache<Model> {
  /**
   * The open model of `folder`; opened anew when its files have changed. Nothing while what others have leased leaves no
   * room. @throws UserError when it can never fit.
   */
  lease(folder: string): Promise<Lease<Model> | undefined>;
  /** Lets go of all that nobody has leased. */
  clear(): Promise<void>;
  /** Least recently used first. */
  held(): readonly Holding<Model>[];
}

export interface Holding<Model> {
  /** As it was leased. */
  readonly leased: string;
  readonly folder: string;
  readonly bytes: number;
  readonly model: Model | undefined;
}

interface Entry<Model> extends Inspected {
  readonly base: Lease<Model> | undefined;
  readonly opening: Promise<Model>;
  model: Model | undefined;
  leases: number;
}

export function modelCache<Model extends Held>({
  budgetBytes,
  open,
  inspect,
  folderOf = (leased) => leased,
}: ModelCacheOptions<Model>): ModelCache<Model> {
  // A Map keeps the order of insertion: an entry that is used is put in again, so the first is the least recently used.
  const entries = new Map<string, Entry<Model>>();
  /** Of older files, still leased. */
  const outdated = new Set<Entry<Model>>();

  const used = () => [...entries.values(), ...outdated].reduce((sum, { bytes }) => sum + bytes, 0);

  async function letGo(folder: string, entry: Entry<Model>): Promise<void> {
    entries.delete(folder);
    await release(entry);
  }

  async function release({ opening, base }: Entry<Model>): Promise<void> {
    await (await opening).release();
    await base?.giveBack();
  }

  async function makeRoom(bytes: number): Promise<boolean> {
    // An adapter that is let go gives its base back, which can then be let go itself.
    while (used() + bytes > budgetBytes) {
      const unused = [...entries].find(([, { leases }]) => leases === 0);
      if (!unused) return false;
      await letGo(...unused);
    }
    return true;
  }

  async function leaseOf(entry: Entry<Model>): Promise<Lease<Model>> {
    entry.leases++;
    const model = await entry.opening;
    entry.model = model;
    return {
      model,
      async giveBack() {
        entry.leases--;
        if (entry.leases === 0 && outdated.delete(entry)) await release(entry);
      },
    };
  }

  async function lease(folder: string): Promise<Lease<Model> | undefined> {
    const now = inspect(folder);
    const known = entries.get(folder);
    entries.delete(folder);
    if (known?.version === now.version) {
      entries.set(folder, known);
      return await leaseOf(known);
    }
    if (known && known.leases > 0) outdated.add(known);
    else if (known) await letGo(folder, known);

    const whole = now.bytes + (now.standsOn ? inspect(now.standsOn).bytes : 0);
    if (whole > budgetBytes) throw tooLarge(folderOf(folder), whole, budgetBytes);
    const base = now.standsOn ? await lease(now.standsOn) : undefined;
    if (now.standsOn && !base) return undefined;
    if (!(await makeRoom(now.bytes))) {
      await base?.giveBack();
      return undefined;
    }
    const opening = open(folder, base?.model);
    const entry: Entry<Model> = { ...now, base, opening, model: undefined, leases: 0 };
    entries.set(folder, entry);
    try {
      return await leaseOf(entry);
    } catch (error) {
      if (entries.get(folder) === entry) entries.delete(folder);
      await base?.giveBack();
      throw error;
    }
  }

  return {
    lease,

    async clear() {
      for (let some = true; some; ) {
        const unused = [...entries].filter(([, { leases }]) => leases === 0);
        some = unused.length > 0;
        for (const [folder, entry] of unused) await letGo(folder, entry);
      }
    },

    held: () => [...entries].map(([leased, { bytes, model }]) => ({ leased, folder: folderOf(leased), bytes, model })),
  };
}

function tooLarge(folder: string, bytes: number, budgetBytes: number): UserError {
  const megabytes = (count: number) => `${Math.ceil(count / 2 ** 20)} MB`;
  return new UserError(
    `${folder} takes ${megabytes(bytes)} of memory, and models may take ${megabytes(budgetBytes)} in all`,
    { hint: 'Make it again in fewer bits by eidolon model quantize, use a smaller one, or a machine with more memory' },
  );
}
