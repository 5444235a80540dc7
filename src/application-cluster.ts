/**
 * The Cluster of an application that has settings: they start it, and give options that `init()` does not.
 *
 * Created by `singleton.ts`. The application calls `init()` when its code is loaded, before settings start Cluster, or in
 * `Meteor.startup`, which is afterwards. Both lead to the same options.
 */

import { isDeepStrictEqual } from 'node:util';
import { IDLE_LINE } from './after-start-up';
import { MeteorCluster } from './cluster';
import { describeMerge, mergeOptions } from './config/merge-options';
import type { ClusterConfig } from './config/options';
import type { ClusterSettings } from './config/settings';

export class ApplicationCluster extends MeteorCluster {
  readonly #readSettings: () => ClusterSettings | undefined;
  /** The options of the session that settings have started. `undefined`: the application has started it, or closed it. */
  #startedWith: MergedConfig | undefined;
  #hasStarted = false;

  /** @param readSettings returns what starts Cluster without code; throws a ClusterConfigError when it cannot be used */
  constructor(readSettings: () => ClusterSettings | undefined = () => undefined) {
    super();
    this.#readSettings = readSettings;
  }

  override init(config?: string | ClusterConfig | null): Promise<boolean> {
    const settings = this.#readSettings();
    this.#hasStarted = true;
    if (!settings) return super.init(config);
    const merged = mergeOptions(settings, config);
    const isReady = this.startOrReplace(merged.config);
    this.#startedWith = undefined;
    this.owner.log.info(describeMerge(settings, merged));
    return isReady;
  }

  override close(): Promise<void> {
    this.#startedWith = undefined;
    return super.close();
  }

  /**
   * Called at start-up. Syncs the collections that the settings name, and starts Cluster unless the application has done
   * that.
   *
   * @throws ClusterConfigError when a setting cannot be used
   */
  startFromSettings(): void {
    const settings = this.#readSettings();
    if (!settings) return;
    if (settings.sync === 'all') this.syncAll({ except: settings.except });
    else this.sync(...settings.sync);
    if (this.owner.session) return;
    const { config } = mergeOptions(settings, undefined);
    void this.owner.start(config, 'settings');
    this.#startedWith = config;
    this.#hasStarted = true;
  }

  /** Called when the application has had the time to start Cluster. */
  reportIdle(): void {
    if (!this.#hasStarted) console.info(IDLE_LINE);
  }

  /** The application's options replace those of a session that settings have started. */
  private startOrReplace(config: MergedConfig): Promise<boolean> {
    if (!this.#startedWith) return this.owner.start(config, 'settings');
    if (isDeepStrictEqual(config, this.#startedWith)) return this.owner.waitUntilReady();
    return this.owner.restart(config, 'settings');
  }
}

type MergedConfig = Readonly<Record<string, unknown>>;
