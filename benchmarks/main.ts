/**
 * `npm run bench`: measures what writes cost and when clients receive them, without Cluster and with each strategy, side by
 * side in one run.
 *
 * `npm run bench -- --help` lists the options. Writes a table, a chart and JSON into `bench-results/`. The exit code is 1
 * when a view did not converge, and 0 otherwise. Speed is for the reader to judge, as ratios.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type Db, MongoClient } from 'mongodb';
import { findChromium } from '../tools/chromium';
import { runScript, type StopLater } from '../tools/run-script';
import { type Services, startServices } from '../tools/services';
import { measureCell } from './cell';
import { drawPng, drawSvg } from './chart';
import { createFixture, type Fixture } from './fixture';
import { cellsOf, reasonsLeftOut, type Strategy, titleOf } from './matrix';
import { measureMemory } from './memory';
import { type BenchOptions, readOptions } from './options';
import { reportOf, times } from './report';
import { type CellResult, newResults, problemsOf, type Results, readResults } from './results';
import { type Site, startSite } from './site';
import { measureStress, STRESS } from './stress';

interface Run {
  readonly options: BenchOptions;
  readonly services: Services;
  readonly db: Db;
  readonly results: Results;
  /** The path of the results, without an extension. */
  readonly base: string;
  readonly stopLater: StopLater;
}

await runScript(async (stopLater) => {
  const options = readOptions();
  const earlier = options.compare === undefined ? undefined : await readResults(options.compare);
  await mkdir(options.out, { recursive: true });
  const services = stopLater(await startServices(log));
  const client = await new MongoClient(services.mongoUrl).connect();
  stopLater({ stop: () => client.close() });
  const { parts } = options;
  const results = newResults(settingOf(options), parts.includes('cells') ? reasonsLeftOut(options) : []);
  const base = join(options.out, results.startedAt.slice(0, 19).replaceAll(':', '-'));
  const run: Run = { options, services, db: client.db(), results, base, stopLater };
  if (parts.includes('cells')) for (const nodes of options.nodes) await runCells(run, nodes);
  if (parts.includes('memory')) await runMemory(run);
  if (parts.includes('stress')) await runStress(run);
  await writeResults(run, earlier);
  const problems = problemsOf(results);
  for (const problem of problems) console.error(`Failed: ${problem}`);
  return problems.length === 0 ? 0 : 1;
});

/** Runs all cells of one number of nodes. The sites stay up side by side, so that the strategies take turns. */
async function runCells(run: Run, nodes: number): Promise<void> {
  const { options } = run;
  const hasCells = (strategy: Strategy) =>
    options.queries.some((queries) => cellsOf(options, nodes, queries, [strategy]).length > 0);
  const sites: Site[] = [];
  for (const strategy of options.strategies.filter(hasCells)) sites.push(await start(run, strategy, nodes));
  // Nodes without Cluster poll: they must not run while the others are measured.
  const groups = [
    sites.filter(({ strategy }) => strategy === 'none'),
    sites.filter(({ strategy }) => strategy !== 'none'),
  ];
  for (const queries of options.queries) {
    for (const group of groups) await runTurns(run, nodes, queries, group);
  }
  for (const site of sites) await site.stop();
}

async function runTurns(run: Run, nodes: number, queries: number, sites: readonly Site[]): Promise<void> {
  const { options, db, results } = run;
  const fixtures: Fixture[] = [];
  for (const site of sites) fixtures.push(await createFixture(site, queries, db));
  const strategies = sites.map(({ strategy }) => strategy);
  for (const cell of cellsOf(options, nodes, queries, strategies)) {
    const fixture = fixtures.find(({ site }) => site.strategy === cell.strategy);
    if (!fixture) continue;
    const result = await measureCell(fixture, cell, options, options.profile ? options.out : undefined);
    results.cells.push(result);
    // An interrupted run keeps what it has measured.
    await writeJson(run);
    log(lineOf(result));
  }
  for (const fixture of fixtures) await fixture.close();
}

async function runMemory(run: Run): Promise<void> {
  const { options, db, results } = run;
  for (const strategy of options.strategies) {
    const site = await start(run, strategy, options.nodes[0] ?? 2);
    const result = await measureMemory(site, db);
    results.memory.push(result);
    const perQuery = `${(result.perQuery / 1024).toFixed(1)} KB per live query`;
    log(`memory: ${strategy}: ${perQuery}, ${result.perDocument.toFixed(0)} bytes per document in it`);
    await site.stop();
  }
}

async function runStress(run: Run): Promise<void> {
  const { options, db, results } = run;
  for (const strategy of options.strategies.filter((each) => each !== 'none')) {
    const site = await start(run, strategy, STRESS.nodes);
    const result = await measureStress(site, db);
    results.stress.push(result);
    log(`stress test: ${strategy}: ${result.problem ?? `converged after ${result.converged?.toFixed(1)} s`}`);
    await site.stop();
  }
}

async function start({ services, stopLater }: Run, strategy: Strategy, nodes: number): Promise<Site> {
  log(`starting ${nodes} nodes: ${strategy}`);
  return stopLater(await startSite(strategy, nodes, services));
}

async function writeResults(run: Run, earlier: Results | undefined): Promise<void> {
  const { results, base } = run;
  await writeJson(run);
  const report = reportOf(results, earlier);
  console.log(`\n${report}`);
  await writeFile(`${base}.md`, report);
  log(`written: ${base}.json, .md`);
  const svg = await drawSvg(results);
  if (svg === undefined) return;
  await writeFile(`${base}.svg`, svg);
  const chromium = findChromium();
  if (chromium) await drawPng(svg, chromium, `${base}.png`);
  const noPng = 'no .png: no Chromium is on the PATH and none is named by CHROMIUM_PATH';
  log(`written: ${base}.svg${chromium ? ', .png' : `; ${noPng}`}`);
}

async function writeJson({ results, base }: Run): Promise<void> {
  await writeFile(`${base}.json`, `${JSON.stringify(results, null, 1)}\n`);
}

function lineOf(result: CellResult): string {
  const { own, remote, perWrite, problem, late } = result;
  const latencies = `own ${times(own)}, remote ${times(remote)} ms`;
  const outcome = problem ? `: FAILED: ${problem}` : late ? `: late: ${late}` : '';
  const usage = `CPU ${perWrite.cpu.toFixed(1)} ms, ${perWrite.reads.toFixed(1)} reads per write`;
  return `${titleOf(result)}: ${latencies}, ${usage}${outcome}`;
}

function settingOf({ writes, seconds }: BenchOptions): Results['setting'] {
  return {
    processors: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    'writes per cell at most': writes,
    'seconds of writing per cell at most': seconds,
  };
}

function log(line: string): void {
  const seconds = Math.round(performance.now() / 1000);
  console.log(`[${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}] ${line}`);
}
