/**
 * The type of what `Cluster.init` takes: the options of `specification.ts`, with one form of the address. `options.ts` checks the
 * same when a program without types calls it.
 */

import type { OptionName, OptionValue, SPECIFICATION } from './specification';

/** All options, each of which may be left out. `null` means the same as leaving it out, as in the original package. */
// `keyof`, not its alias: only so an editor shows the documentation of an option.
type AllOptions = { [Name in keyof typeof SPECIFICATION]?: OptionValue<Name> | null };
type AddressPart = 'host' | 'port' | 'username' | 'tls';
type Password = 'password' | 'auth';
type Client = 'createClient' | 'sharded';
type Without<Name extends OptionName> = { [Excluded in Name]?: null };

/** The address of Redis in one of its forms. Without any of them it is that of the variable `CLUSTER_URL`. */
type Address =
  | (Pick<AllOptions, 'url' | 'db'> & Without<AddressPart | Password | Client>)
  | (Pick<AllOptions, AddressPart | 'password' | 'db'> & Without<'url' | 'auth' | Client>)
  | (Pick<AllOptions, AddressPart | 'auth' | 'db'> & Without<'url' | 'password' | Client>)
  | (Pick<AllOptions, Client> & Without<'url' | AddressPart | Password | 'db'>);

/**
 * The options of `Cluster.init`. `url`, `host` with `port`, and `createClient` exclude each other. `null` means the same as
 * leaving an option out, as in the original package.
 */
export type ClusterConfig = Omit<AllOptions, 'url' | AddressPart | Password | Client | 'db'> & Address;
