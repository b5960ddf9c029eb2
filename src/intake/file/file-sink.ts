import type { RecordFault, RecordGroup } from '../../contracts/index.ts';
import { EventWindow } from '../frame/event-window.ts';
import { FileIdentity } from '../frame/file-identity.ts';
import { GroupBuilder, type GroupOrigin } from '../frame/group-builder.ts';
import type { RecordSink } from '../frame/record-sink.ts';
import { SourceChooser, type Sources } from '../recognise.ts';

interface FileSinkOptions {
  readonly origin: GroupOrigin;
  readonly sources: Sources;
  readonly forced: string | undefined;
  readonly clock: () => number;
  readonly emit: (group: RecordGroup) => void;
  readonly onBrokenOff: (code: string, message: string) => void;
}

/** Takes one file's records in order: gives each its identity and its source, and gathers them into groups. */
export class FileSink implements RecordSink {
  readonly #identity = new FileIdentity();
  readonly #chooser: SourceChooser;
  readonly #builder: GroupBuilder;
  readonly #window: EventWindow;
  readonly #onBrokenOff: (code: string, message: string) => void;

  constructor(options: FileSinkOptions) {
    this.#chooser = new SourceChooser(options.sources, options.forced);
    this.#builder = new GroupBuilder(options);
    this.#window = new EventWindow((records) => this.#builder.appendTogether(records));
    this.#onBrokenOff = options.onBrokenOff;
  }

  record(bytes: Buffer): void {
    if (this.#chooser.takesHeader(bytes)) return;
    const ordinal = this.#identity.ordinalOf(bytes);
    const kind = this.#chooser.kindOf(bytes);
    const join = this.#chooser.joinOf(kind);
    const event = join?.eventOf(bytes.toString());
    const { seed } = this.#identity;
    if (join === undefined || event === undefined) this.#builder.append(bytes, kind, seed, ordinal);
    else this.#window.add(event, { bytes, kind, seed, ordinal }, join.endsEvent(bytes.toString()));
  }

  faulty(kept: Buffer, fault: RecordFault): void {
    const ordinal = this.#identity.ordinalOfFaulty(kept, fault.sha256);
    this.#builder.appendFaulty(kept, fault, this.#chooser.kindOfBroken(), this.#identity.seed, ordinal);
  }

  brokenOff(code: string, message: string): void {
    this.#onBrokenOff(code, message);
  }

  /** Emits what is gathered. */
  flush(): void {
    this.#window.flush();
    this.#builder.flush();
  }
}
