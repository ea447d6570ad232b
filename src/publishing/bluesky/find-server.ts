import {
  CompositeDidDocumentResolver,
  CompositeHandleResolver,
  DohJsonHandleResolver,
  LocalActorResolver,
  PlcDidDocumentResolver,
  WebDidDocumentResolver,
  WellKnownHandleResolver,
} from '@atcute/identity-resolver';
import { UserError } from '../../errors.ts';

const TIMEOUT_MS = 15_000;

/**
 * The server (PDS) of an account: its handle's DNS record or file names its DID, whose document names the server, and
 * the handle in turn. Asks the handle's own host, dns.google, and plc.directory.
 * @throws UserError when that leads nowhere.
 */
export async function findServer(handle: string, given: { readonly fetch?: typeof fetch } = {}): Promise<string> {
  const resolver = new LocalActorResolver({
    handleResolver: new CompositeHandleResolver({
      strategy: 'race',
      methods: {
        dns: new DohJsonHandleResolver({ dohUrl: 'https://dns.google/resolve', ...given }),
        http: new WellKnownHandleResolver(given),
      },
    }),
    didDocumentResolver: new CompositeDidDocumentResolver({
      methods: { plc: new PlcDidDocumentResolver(given), web: new WebDidDocumentResolver(given) },
    }),
  });
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { pds } = await resolver.resolve(handle.toLowerCase() as `${string}.${string}`, { signal });
    return new URL(pds).origin;
  } catch (cause) {
    throw new UserError(`${handle}: nobody could be asked where it is, or nobody has this handle`, {
      hint: 'Write it as in the app, without @, or give its server in persona.yaml',
      cause,
    });
  }
}
