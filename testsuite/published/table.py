"""Compiles the models of rows.toml with kaon and prints published figures beside kaon's, as a Markdown table.

    python3 testsuite/published/table.py [--only TEXT] [--cached] [--seconds N] [--gib N]

Needs numpy and onnx for make.py. `KAON` names another compiler than target/release/kaon, `KAON_MODELS` the shared models.
Circuits go to out/published, what was found to out/published/results.json; rows that are not run anew are taken from there, and one that was never run says so.
A compilation that takes longer than --seconds or more memory than --gib is a row that says so.
"""
import argparse, json, os, resource, shutil, subprocess, sys, tomllib
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
OUT = TOP / 'out/published'
KAON = os.environ.get('KAON', TOP / 'target/release/kaon')
SHARED = Path(os.environ.get('KAON_MODELS', TOP / '../shared/models'))
SAMPLES = 8
# kaon's capacities of the devices (compiler/src/target)
DEVICES = {
    'vu13p': dict(lut=1728000, ff=3456000, dsp=12288, bram=2688),
    'vu9p': dict(lut=1182240, ff=2364480, dsp=6840, bram=2160),
    'ku115': dict(lut=663360, ff=1326720, dsp=5520, bram=2160),
}
HEAD = ['network', 'circuit', 'clocks', 'ns', 'interval', 'LUT', 'FF', 'DSP', 'BRAM', 'of the device: LUT, DSP']


def call(command, seconds, gib):
    """Standard output of a command, or the reason why there is none."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (gib << 30, gib << 30))
    try:
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=seconds, preexec_fn=limit)
    except subprocess.TimeoutExpired:
        return None, f'no answer in {seconds} s'
    if done.returncode == 0:
        return done.stdout, None
    lines = [l for l in done.stderr.splitlines() if l.startswith(('error: ', 'memory allocation'))]
    said = lines[0].removeprefix('error: ') if lines else f'ended with {done.returncode}'
    return None, f'more than {gib} GiB of memory' if said.startswith('memory allocation') else said


def measure(row, models, options):
    """What kaon says of a row, simulated on a few samples."""
    folder = (SHARED if row.get('shared') else models) / row['model']
    if not folder.is_dir():
        return dict(refused=f'no model in {folder.name}')
    circuit = OUT / row['name'].replace(' ', '_').replace('/', '_')
    flags = [*row['flags'], '--top', row['model']]
    _, said = call([KAON, 'compile', folder / 'model.onnx', '-o', circuit, *flags], options.seconds, options.gib)
    if said:
        return dict(refused=said)
    report = json.loads((circuit / 'report.json').read_text())
    timing = report.get('timing', report)
    names = dict(clocks='latency_clocks', interval='interval_clocks', clock_ns='clock_ns', longest_ns='longest_path_ns')
    found = {name: timing[key] for name, key in names.items()} | report['total']
    samples = OUT / 'samples.npy'
    np.save(samples, np.load(folder / 'inputs.npy')[:SAMPLES])
    answer, said = call([KAON, 'simulate', circuit, '--input', samples, '--json'], options.seconds, options.gib)
    if answer:
        answer = json.loads(answer)
        equal = answer['different'] == 0 and answer['latency_clocks'] == found['clocks']
        found['simulated'] = f'{answer["samples"]} samples equal' if equal else 'DIFFERENT'
    else:
        found['simulated'] = f'not simulated: {said}'
    if not options.keep:
        shutil.rmtree(circuit)
    return found


def latency_ns(found):
    """By the clock that was asked for, or by the longest path where that is longer."""
    return found['clocks'] * max(found['clock_ns'], found['longest_ns'])


def percent(count, device, kind):
    return f'{100 * count / DEVICES[device][kind]:.2f} %'


def lines(row, found):
    """Two lines of the table: the published circuit and kaon's."""
    published = row['published']
    missing = 'not found'
    logic = [published.get('lut', missing), published.get('ff', missing)]
    if 'lut_ff' in published:
        logic = [f'{published["lut_ff"]} with FF', 'with LUT']
    share = f'LUT {published["lut_percent"]} %' if 'lut_percent' in published else ''
    cells = [published.get(k, missing) for k in ('clocks', 'ns', 'interval')]
    yield [row['name'], row['by'], *cells, *logic, published.get('dsp', missing), published.get('bram', missing), share]
    device = row['flags'][row['flags'].index('--target') + 1]
    mhz = row['flags'][row['flags'].index('--clock-mhz') + 1]
    circuit = f'kaon, {device.upper()}, {mhz} MHz'
    for flag in ('--stream', '--reuse', '--interval'):
        if flag in row['flags']:
            at = row['flags'].index(flag)
            circuit += f', `{flag}`' if flag == '--stream' else f', `{flag} {row["flags"][at + 1]}`'
    if 'refused' in found:
        yield ['', circuit, 'none: ' + found['refused'].replace('|', '\\|'), *[''] * 7]
        return
    share = f'{percent(found["lut"], device, "lut")}, {percent(found["dsp"], device, "dsp")}'
    yield ['', circuit, *(str(v) for v in (found['clocks'], f'{latency_ns(found):.0f}', found['interval'], found['lut'], found['ff'], found['dsp'], found['bram'])), share]


def verdict(row, found):
    """Whether kaon's latency and DSP blocks are below what was published."""
    if 'refused' in found:
        return 'no circuit'
    said = []
    if 'ns' in row:
        said.append('latency below' if latency_ns(found) < row['ns'] else 'LATENCY ABOVE')
    if 'dsp' in row:
        said.append('DSP not above' if found['dsp'] <= row['dsp'] else 'DSP ABOVE')
    if found['longest_ns'] > found['clock_ns']:
        said.append(f'CLOCK MISSED: {found["longest_ns"]} ns')
    return ', '.join(said) or 'nothing to compare with'


def table(head, rows):
    for cells in [head, ['---'] * len(head), *rows]:
        print('| ' + ' | '.join(cells) + ' |')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--only', default='', help='run rows whose model contains this')
    parser.add_argument('--cached', action='store_true', help='run nothing that was run before')
    parser.add_argument('--keep', action='store_true', help='keep the circuits')
    parser.add_argument('--seconds', type=int, default=900, help='for each compilation and each simulation')
    parser.add_argument('--gib', type=int, default=10, help='memory of each command')
    options = parser.parse_args()
    rows = tomllib.loads((HERE / 'rows.toml').read_text())['rows']
    OUT.mkdir(parents=True, exist_ok=True)
    kept = OUT / 'results.json'
    results = json.loads(kept.read_text()) if kept.exists() else {}
    models = OUT / 'models'
    subprocess.run([sys.executable, HERE / 'make.py', models], check=True)
    for row in rows:
        key = ' '.join([row['model'], *row['flags']])
        if options.only in row['model'] and not (options.cached and key in results):
            print(row['name'], file=sys.stderr)
            results[key] = measure(row, models, options)
            kept.write_text(json.dumps(results, indent=1))
    ran = [(row, results.get(' '.join([row['model'], *row['flags']]), dict(refused='not run'))) for row in rows]
    table(HEAD, [cells for row, found in ran for cells in lines(row, found)])
    print()
    about = ['network', 'source', 'weights', 'bits: weights, activations', 'kaon beside the published figures', 'simulated', 'not the same']
    table(about, [[row['name'], row['source'], row['weights'], row['bits'], verdict(row, found), found.get('simulated', ''), row.get('note', '')]
                  for row, found in ran])


if __name__ == '__main__':
    main()
