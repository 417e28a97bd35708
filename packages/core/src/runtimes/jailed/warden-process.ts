/** The warden's process as the engine holds it: three channels, and its end. */
import type { Duplex } from 'node:stream';
import { BelljarError } from '../../errors.js';
import { encodeHead, FrameDecoder } from '../frames.js';
import type { JailLaunch } from './launch.js';
import { explainStartFailure } from './start-failure.js';

export interface Channel {
  send(header: object): void;
}

export interface WardenListeners {
  warden(header: unknown): void;
  bare(header: unknown): void;
  loaded(header: unknown): void;
  /** Once, when the process is gone, with why. */
  gone(error: BelljarError): void;
}

export interface WardenProcess {
  warden: Channel;
  bare: Channel;
  loaded: Channel;
  /** Ends it and everything born from it. Resolves when it is gone. */
  end(): Promise<void>;
}

function attach(
  stream: Duplex,
  listen: (header: unknown) => void,
  fail: (e: unknown) => void,
): Channel {
  const decoder = new FrameDecoder({ header: () => undefined, frame: (header) => listen(header) });
  stream.on('data', (data: Buffer) => {
    try {
      decoder.push(data);
    } catch (error) {
      fail(error);
    }
  });
  stream.on('error', () => {}); // its end is heard from the process
  return {
    send: (header) => {
      if (stream.writable) stream.write(encodeHead(header, 0));
    },
  };
}

export function attachWarden(launch: JailLaunch, listeners: WardenListeners): WardenProcess {
  const { child, options } = launch;
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
    child.kill('SIGKILL');
  };
  void launch.ended.then((ending) => {
    const explained = explainStartFailure(options.interpreter, {
      ...ending,
      stderr: launch.stderr(),
    });
    listeners.gone(failure instanceof BelljarError ? failure : explained);
  });
  const [, , , control, bare, loaded] = child.stdio as unknown as Duplex[];
  return {
    warden: attach(control as Duplex, listeners.warden, fail),
    bare: attach(bare as Duplex, listeners.bare, fail),
    loaded: attach(loaded as Duplex, listeners.loaded, fail),
    end: async () => {
      child.kill('SIGKILL');
      await launch.ended;
    },
  };
}
