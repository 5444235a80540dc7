/**
 * `npm run bench`: what writes cost and how long they take to be seen, without Cluster and with each strategy, side by
 * side in one run.
 *
 * `npm run bench -- --help` lists the options. Writes a table, a chart and JSON into `bench-results/`. The exit code is
 * that of correctness: 1 when a view did not come to equal the database; speed is for the reader to judge, as ratios.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type Db, MongoClient } from 'mongodb';
import { findChromium } from '../chromium';
import { type Services, startServices } from '../services';
import { type Arguments, readArguments, USAGE } from './arguments';
import { chartOf } from './chart';
import { cellsOf, leftOut, type Strategy, titleOf } from './matrix';
import { measureMemory } from './memory';
import { drawPng } from './picture';
import { newResults, problemsOf, type Results, readResults } from './results';
import { measure } from './scenario';
import { type Site, startSite } from './site';
import { type Stage, setStage } from './stage';
import { STRESS, stress } from './stress';
import { reportOf, times } from './table';

/** What has been started, in the order in which it is to be stopped. */
const started: { stop(): unknown }[] = [];
const startedAt = performance.now();

let failure: string | undefined;
try {
  failure = await Promise.race([interruption(), main()]);
} catch (error) {
  failure = error instanceof Error ? error.message : String(error);
}
if (failure !== undefined) console.error(failure);
for (const each of started) await each.stop();
// Nodes that were still being started end with this process: they run under the watchdog.
process.exit(failure === undefined ? 0 : 1);

/** @returns what failed */
async function main(): Promise<string | undefined> {
  if (process.argv.includes('--help')) {
    console.log(USAGE);
    return undefined;
  }
  const asked = readArguments(process.argv.slice(2));
  const earlier = asked.compare === undefined ? undefined : await readResults(asked.compare);
  await mkdir(asked.out, { recursive: true });
  const services = await startServices({ log: progress });
  started.unshift(services);
  const client = await new MongoClient(services.mongoUrl).connect();
  started.unshift({ stop: () => client.close() });
  const results = newResults(settingOf(asked), asked.parts.includes('cells') ? leftOut(asked) : []);
  for (const nodes of asked.nodes) await runNodes(asked, nodes, services, client.db(), results);
  if (asked.parts.includes('stress')) await runStress(asked, services, client.db(), results);
  await write(asked, results, earlier);
  const problems = problemsOf(results);
  return problems.length === 0 ? undefined : `Failed:\n${problems.join('\n')}`;
}

/** All that is measured with one number of nodes. The sites stay up side by side, so that strategies take turns. */
async function runNodes(
  asked: Arguments,
  nodes: number,
  services: Services,
  db: Db,
  results: Results,
): Promise<void> {
  const strategies = asked.strategies.filter((strategy) =>
    asked.queries.some((queries) => cellsOf(asked, nodes, queries, [strategy]).length > 0),
  );
  const sites = new Map<Strategy, Site>();
  const wantsMemory = asked.parts.includes('memory') && nodes === asked.nodes[0];
  if (!asked.parts.includes('cells') && !wantsMemory) return;
  for (const strategy of strategies) {
    progress(`starting ${nodes} nodes: ${strategy}`);
    sites.set(strategy, await startStoppable(strategy, nodes, services));
  }
  if (wantsMemory) {
    for (const site of sites.values()) {
      const found = await measureMemory(site, db);
      results.memory.push(found);
      progress(
        `memory: ${site.strategy}: ${(found.perQuery / 1024).toFixed(1)} KB per live query, ` +
          `${found.perDocument.toFixed(0)} bytes per document in it`,
      );
    }
  }
  for (const queries of asked.parts.includes('cells') ? asked.queries : []) {
    // Nodes without Cluster look at the database all the time: they are not to disturb the others.
    for (const together of [strategies.filter(isNone), strategies.filter((strategy) => !isNone(strategy))]) {
      await runCells(asked, nodes, queries, together, sites, db, results);
    }
  }
  for (const site of sites.values()) await stopSite(site);
}

async function runCells(
  asked: Arguments,
  nodes: number,
  queries: number,
  strategies: readonly Strategy[],
  sites: ReadonlyMap<Strategy, Site>,
  db: Db,
  results: Results,
): Promise<void> {
  const stages = new Map<Strategy, Stage>();
  for (const strategy of strategies) {
    const site = sites.get(strategy);
    if (site) stages.set(strategy, await setStage(site, queries, db));
  }
  const effort = {
    writes: asked.writes,
    time: asked.seconds * 1000,
    ...(asked.profile && { profile: asked.out }),
  };
  for (const cell of cellsOf(asked, nodes, queries, strategies)) {
    const stage = stages.get(cell.strategy);
    if (!stage) continue;
    const result = await measure(stage, cell, effort);
    results.cells.push(result);
    await writeJson(asked, results);
    progress(
      `${titleOf(cell)}: own ${times(result.own)}, remote ${times(result.remote)} ms, ` +
        `CPU ${result.perWrite.cpu.toFixed(1)} ms, ${result.perWrite.reads.toFixed(1)} reads per write` +
        `${result.problem ? `: FAILED: ${result.problem}` : result.late ? `: late: ${result.late}` : ''}`,
    );
  }
  for (const stage of stages.values()) await stage.close();
}

async function runStress(asked: Arguments, services: Services, db: Db, results: Results): Promise<void> {
  for (const strategy of asked.strategies) {
    if (isNone(strategy)) continue;
    progress(`stress test with ${STRESS.nodes} nodes: ${strategy}`);
    const site = await startStoppable(strategy, STRESS.nodes, services);
    const found = await stress(site, db);
    results.stress.push(found);
    progress(
      `stress test: ${strategy}: ${found.problem ?? `all views equal after ${found.converged?.toFixed(1)} s`}`,
    );
    await stopSite(site);
  }
}

async function write(asked: Arguments, results: Results, earlier: Results | undefined): Promise<void> {
  const base = await writeJson(asked, results);
  const report = reportOf(results, earlier);
  console.log(`\n${report}`);
  await writeFile(`${base}.md`, report);
  progress(`${base}.json, .md`);
  const svg = chartOf(results);
  if (svg === undefined) return;
  await writeFile(`${base}.svg`, svg);
  const chromium = findChromium();
  if (chromium === undefined) {
    progress(`${base}.svg; no PNG, as there is no Chromium on the PATH and none named by CHROMIUM_PATH`);
    return;
  }
  await drawPng(svg, chromium, `${base}.png`);
  progress(`${base}.svg, .png`);
}

/** Also while it runs: what has been measured when it is interrupted is not lost. @returns the path without `.json` */
async function writeJson({ out }: Arguments, results: Results): Promise<string> {
  const base = join(out, results.startedAt.slice(0, 19).replaceAll(':', '-'));
  await writeFile(`${base}.json`, `${JSON.stringify(results, null, 1)}\n`);
  return base;
}

async function startStoppable(strategy: Strategy, nodes: number, services: Services): Promise<Site> {
  const site = await startSite(strategy, nodes, services);
  started.unshift(site);
  return site;
}

async function stopSite(site: Site): Promise<void> {
  await site.stop();
  started.splice(started.indexOf(site), 1);
}

function isNone(strategy: Strategy): boolean {
  return strategy === 'none';
}

function settingOf({ writes, seconds }: Arguments): Results['setting'] {
  return {
    processors: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    'writes per cell at most': writes,
    'seconds of writing per cell at most': seconds,
  };
}

/** Settles when the user or the system wants the run to end. Asked a second time, it ends at once. */
function interruption(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve(`ended by ${signal}`));
  });
}

function progress(line: string): void {
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`[${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}] ${line}`);
}
