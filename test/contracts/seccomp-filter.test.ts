import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { decodeProgram, runProgram } from '../helpers/bpf-interpreter.js';
import { repositoryRoot } from '../helpers/source-files.js';
import { verifies } from '../helpers/verifies.js';

type Architecture = 'x86_64' | 'aarch64';
type Verdict = 'allow' | 'kill' | 'EPERM' | 'EACCES' | 'EINVAL' | 'ENOTTY' | 'ENOSYS' | 'ENOTSUP';

const architectures: Architecture[] = ['x86_64', 'aarch64'];
const auditNumbers = { x86_64: 0xc000003e, aarch64: 0xc00000b7 };
const errorNumbers: Record<number, Verdict> = {
  1: 'EPERM',
  13: 'EACCES',
  22: 'EINVAL',
  25: 'ENOTTY',
  38: 'ENOSYS',
  95: 'ENOTSUP',
};

/** A second copy, from the kernel's tables, so that a slip in the policy's own numbers shows. */
const numbers: Record<string, [x86: number | null, arm: number | null]> = {
  read: [0, 63],
  write: [1, 64],
  open: [2, null],
  mmap: [9, 222],
  mprotect: [10, 226],
  rt_sigreturn: [15, 139],
  ioctl: [16, 29],
  mincore: [27, 232],
  madvise: [28, 233],
  shmget: [29, 194],
  sendfile: [40, 71],
  socket: [41, 198],
  connect: [42, 203],
  accept: [43, 202],
  sendto: [44, 206],
  sendmsg: [46, 211],
  recvmsg: [47, 212],
  bind: [49, 200],
  listen: [50, 201],
  socketpair: [53, 199],
  setsockopt: [54, 208],
  clone: [56, 220],
  fork: [57, null],
  vfork: [58, null],
  execve: [59, 221],
  exit: [60, 93],
  kill: [62, 129],
  semget: [64, 190],
  msgget: [68, 186],
  fcntl: [72, 25],
  setrlimit: [160, 164],
  ptrace: [101, 117],
  syslog: [103, 116],
  setuid: [105, 146],
  capset: [126, 91],
  rt_sigqueueinfo: [129, 138],
  mknod: [133, null],
  personality: [135, 92],
  setpriority: [141, 140],
  sched_setparam: [142, 118],
  sched_setscheduler: [144, 119],
  mlock: [149, 228],
  modify_ldt: [154, null],
  pivot_root: [155, 41],
  prctl: [157, 167],
  arch_prctl: [158, null],
  chroot: [161, 51],
  mount: [165, 40],
  umount2: [166, 39],
  reboot: [169, 142],
  init_module: [175, 105],
  gettid: [186, 178],
  setxattr: [188, 5],
  getxattr: [191, 8],
  tkill: [200, 130],
  futex: [202, 98],
  sched_setaffinity: [203, 122],
  sched_getaffinity: [204, 123],
  io_setup: [206, 0],
  remap_file_pages: [216, 234],
  restart_syscall: [219, 128],
  fadvise64: [221, 223],
  timer_create: [222, 107],
  clock_settime: [227, 112],
  exit_group: [231, 94],
  tgkill: [234, 131],
  mbind: [237, 235],
  mq_open: [240, 180],
  kexec_load: [246, 104],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  ioprio_set: [251, 30],
  inotify_init1: [294, 26],
  openat: [257, 56],
  mknodat: [259, 33],
  unshare: [272, 97],
  splice: [275, 76],
  tee: [276, 77],
  vmsplice: [278, 75],
  accept4: [288, 242],
  perf_event_open: [298, 241],
  fanotify_init: [300, 262],
  prlimit64: [302, 261],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  setns: [308, 268],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  kcmp: [312, 272],
  finit_module: [313, 273],
  sched_setattr: [314, 274],
  seccomp: [317, 277],
  getrandom: [318, 278],
  memfd_create: [319, 279],
  bpf: [321, 280],
  execveat: [322, 281],
  userfaultfd: [323, 282],
  copy_file_range: [326, 285],
  pkey_alloc: [330, 289],
  statx: [332, 291],
  rseq: [334, 293],
  pidfd_send_signal: [424, 424],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  pidfd_open: [434, 434],
  clone3: [435, 435],
  openat2: [437, 437],
  pidfd_getfd: [438, 438],
  faccessat2: [439, 439],
  process_madvise: [440, 440],
  mount_setattr: [442, 442],
  landlock_create_ruleset: [444, 444],
  landlock_restrict_self: [446, 446],
  memfd_secret: [447, 447],
  statmount: [457, 457],
  listmount: [458, 458],
};

const programs = Object.fromEntries(architectures.map((name) => [name, dump(name)])) as Record<
  Architecture,
  ReturnType<typeof decodeProgram>
>;

function dump(architecture: Architecture): ReturnType<typeof decodeProgram> {
  const hexadecimal = execFileSync(
    'python3',
    ['-B', '-m', 'belljar_runtime.jail.seccomp', '--dump', architecture],
    { cwd: `${repositoryRoot}packages/core/python`, encoding: 'utf8' },
  );
  return decodeProgram(Buffer.from(hexadecimal.trim(), 'hex'));
}

function describeAction(action: number): Verdict {
  if (action === 0x7fff0000) return 'allow';
  if (action === 0x80000000) return 'kill';
  const answer = errorNumbers[action & 0xffff];
  if ((action & 0xffff0000) >>> 0 === 0x00050000 && answer !== undefined) return answer;
  throw new Error(`an action that the policy has no word for: 0x${action.toString(16)}`);
}

function judge(
  architecture: Architecture,
  number: number,
  values: readonly bigint[] = [],
  auditNumber = auditNumbers[architecture],
): Verdict {
  const data = { number, architecture: auditNumber, arguments: values };
  return describeAction(runProgram(programs[architecture], data).action);
}

function numberOf(call: string, architecture: Architecture): number | null {
  const pair = numbers[call];
  if (pair === undefined) throw new Error(`no number for ${call}`);
  return pair[architecture === 'x86_64' ? 0 : 1];
}

/** A call with its arguments, and what comes of it. */
type Case = [call: string, values: (number | bigint)[], wanted: Verdict];

const MINUS_ONE = 0xffff_ffff_ffff_ffffn;
const MINUS_ONE_CUT = 0x0000_0000_ffff_ffffn;
const HIGH = 0xabcd_0000_0000n;

function alike(verdict: Verdict, calls: string): Case[] {
  return calls.split(' ').map((call) => [call, [], verdict]);
}

function expectCases(cases: Case[]): void {
  const wrong: string[] = [];
  for (const architecture of architectures) {
    for (const [call, values, wanted] of cases) {
      const number = numberOf(call, architecture);
      if (number === null) continue;
      const wide = values.map((value) => BigInt(value));
      const got = judge(architecture, number, wide);
      if (got === wanted) continue;
      const shown = wide.map((value) => `0x${value.toString(16)}`).join(', ');
      wrong.push(`${architecture} ${call}(${shown}): ${got}, not ${wanted}`);
    }
  }
  expect(wrong).toEqual([]);
}

describe('the seccomp filter', () => {
  verifies('jail.kernel-surface', 'another architecture than its own ends the process', () => {
    const i386 = 0x40000003;
    const arm32 = 0x40000028;
    const bigEndianArm = 0x800000b7;
    for (const foreign of [i386, arm32, bigEndianArm, auditNumbers.aarch64, 0, 0xffffffff]) {
      expect(judge('x86_64', 0, [], foreign)).toBe('kill');
    }
    for (const foreign of [i386, arm32, bigEndianArm, auditNumbers.x86_64, 0, 0xffffffff]) {
      expect(judge('aarch64', 63, [], foreign)).toBe('kill');
    }
  });

  verifies('jail.kernel-surface', 'an x32 call ends the process', () => {
    for (const number of [0, 1, 39, 59, 512, 520, 547, 0x3fffffff, 0xbffffffe]) {
      const x32 = (number + 0x40000000) >>> 0;
      expect(judge('x86_64', x32), `number ${x32}`).toBe('kill');
    }
  });

  verifies('jail.kernel-surface', 'a number that no call has is ENOSYS', () => {
    for (const architecture of architectures) {
      for (const number of [400, 470, 999, 0x3fffffff, 0xffffffff]) {
        expect(judge(architecture, number), `number ${number}`).toBe('ENOSYS');
      }
    }
  });

  verifies('jail.kernel-surface', 'what is no business of a sandbox is EPERM', () => {
    expectCases(
      alike(
        'EPERM',
        'ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp bpf' +
          ' perf_event_open userfaultfd add_key request_key keyctl fanotify_init init_module' +
          ' finit_module kexec_load unshare setns mount umount2 mount_setattr move_mount open_tree' +
          ' fsopen pivot_root chroot name_to_handle_at open_by_handle_at reboot clock_settime syslog' +
          ' setuid capset shmget semget msgget mq_open mlock remap_file_pages modify_ldt' +
          ' rt_sigqueueinfo',
      ),
    );
  });

  verifies('jail.kernel-surface', 'what libraries probe and do without is ENOSYS', () => {
    expectCases([
      ...alike(
        'ENOSYS',
        'clone3 openat2 io_uring_setup io_uring_enter io_uring_register io_setup memfd_create' +
          ' memfd_secret splice tee vmsplice inotify_init1 mbind pkey_alloc statmount listmount',
      ),
      ['setxattr', [], 'ENOTSUP'],
    ]);
  });

  it('lets through what the data libraries use', () => {
    expectCases(
      alike(
        'allow',
        'read write open openat mmap mprotect madvise mincore rt_sigreturn sendfile sendto sendmsg' +
          ' recvmsg fork vfork execve execveat exit exit_group setrlimit gettid getxattr tkill' +
          ' tgkill futex sched_getaffinity restart_syscall getrandom copy_file_range' +
          ' statx rseq pidfd_open pidfd_send_signal faccessat2 landlock_create_ruleset' +
          ' landlock_restrict_self',
      ),
    );
  });

  verifies('jail.no-network', 'no socket but a local stream or seqpacket pair', () => {
    expectCases([
      ...[1, 2, 10, 16, 17, 40].map((family): Case => ['socket', [family, 1, 0], 'EACCES']),
      ['socket', [HIGH + 1n, 1, 0], 'EACCES'],
      ...alike('EACCES', 'connect bind listen accept accept4'),
      ['socketpair', [1, 1, 0], 'allow'],
      ['socketpair', [1, 0o2004001, 0], 'allow'],
      ['socketpair', [1, 5, 0], 'allow'],
      ['socketpair', [1, 2, 0], 'EACCES'],
      ['socketpair', [1, 0o2000002, 0], 'EACCES'],
      ['socketpair', [1, HIGH + 2n, 0], 'EACCES'],
      ['socketpair', [1, 3, 0], 'EACCES'],
      ['socketpair', [2, 1, 0], 'EACCES'],
      ['socketpair', [30, 1, 0], 'EACCES'],
      ['setsockopt', [3, 1, 20], 'allow'],
      ['setsockopt', [3, 1, 7], 'EPERM'],
      ['setsockopt', [3, 1, 26], 'EPERM'],
      ['setsockopt', [3, 1, HIGH + 50n], 'EPERM'],
      ['setsockopt', [3, 6, 20], 'EPERM'],
    ]);
  });

  verifies('jail.kernel-surface', 'clone makes threads and children, never namespaces', () => {
    const namespaces = [
      0x80, 0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,
    ];
    expectCases([
      ['clone', [0x3d0f00], 'allow'], // a thread of glibc
      ['clone', [0x7d0f00], 'allow'], // a thread of musl
      ['clone', [0x01200011], 'allow'], // fork
      ['clone', [0x4111], 'allow'], // posix_spawn
      ['clone', [0x5111], 'allow'], // posix_spawn with a pidfd
      ['clone', [0xffff_ffff_003d_0f00n], 'allow'], // the kernel cuts the flags to 32 bits
      ...namespaces.map((flag): Case => ['clone', [flag | 17], 'EPERM']),
      ...namespaces.map((flag): Case => ['clone', [flag], 'EPERM']),
      ...namespaces.map((flag): Case => ['clone', [HIGH + BigInt(flag | 0x3d0f00)], 'EPERM']),
      ['clone', [0x8011], 'EPERM'], // CLONE_PARENT
      ['clone', [0x2011], 'EPERM'], // CLONE_PTRACE
      ['clone', [0x00800011], 'EPERM'], // CLONE_UNTRACED
      ['clone', [0x80000011], 'EPERM'], // CLONE_IO
      ['clone', [9], 'EPERM'], // the parent would get SIGKILL
    ]);
  });

  verifies('jail.no-host-processes', 'signals go to one process or group, never to all', () => {
    expectCases([
      ['kill', [MINUS_ONE, 9], 'EPERM'],
      ['kill', [MINUS_ONE_CUT, 9], 'EPERM'],
      ['kill', [0xabcd_ffff_ffffn, 9], 'EPERM'],
      ['kill', [7, 9], 'allow'],
      ['kill', [0, 15], 'allow'],
      ['kill', [MINUS_ONE - 6n, 15], 'allow'], // the group -7
      ['kill', [0xffff_ffff_0000_0007n, 9], 'allow'], // the kernel sees 7
    ]);
  });

  verifies('limits.enforced', 'limits, priorities and CPUs are changed on oneself only', () => {
    expectCases([
      ['prlimit64', [0, 7, 0, 0], 'allow'],
      ['prlimit64', [1, 7, 0, 0], 'EPERM'],
      ['prlimit64', [HIGH + 1n, 7, 0, 0], 'EPERM'],
      ['prlimit64', [HIGH, 7, 0, 0], 'allow'],
      ['setpriority', [0, 0, 5], 'allow'],
      ['setpriority', [0, 1, 5], 'EPERM'],
      ['setpriority', [1, 0, 5], 'EPERM'],
      ['setpriority', [2, 0, 5], 'EPERM'],
      ['ioprio_set', [1, 0, 5], 'allow'],
      ['ioprio_set', [1, 1, 5], 'EPERM'],
      ['ioprio_set', [3, 0, 5], 'EPERM'],
      ...['sched_setparam', 'sched_setscheduler', 'sched_setattr'].flatMap((call): Case[] => [
        [call, [0, 0, 0], 'allow'],
        [call, [1, 0, 0], 'EPERM'],
        [call, [HIGH + 1n, 0, 0], 'EPERM'],
      ]),
      ['sched_setaffinity', [0, 8, 0], 'EPERM'],
      ['sched_setaffinity', [5, 8, 0], 'EPERM'],
    ]);
  });

  verifies('jail.kernel-surface', 'fcntl has no signals, leases and pipe sizes', () => {
    const allowed = [0, 1, 2, 3, 5, 6, 7, 36, 37, 38, 1030, 1032];
    // SETOWN, SETSIG, SETOWN_EX, SETLEASE, NOTIFY, SETPIPE_SZ
    const refused = [8, 10, 15, 1024, 1026, 1031];
    expectCases([
      ...allowed.map((command): Case => ['fcntl', [3, command, 0x2000], 'allow']),
      ...refused.map((command): Case => ['fcntl', [3, command, 0], 'EPERM']),
      ...refused.map((command): Case => ['fcntl', [3, HIGH + BigInt(command), 0], 'EPERM']),
      ['fcntl', [3, 4, 0x800], 'allow'],
      ['fcntl', [3, 4, 0x2800], 'EPERM'],
      ['fcntl', [3, HIGH + 4n, HIGH + 0x2000n], 'EPERM'],
    ]);
  });

  verifies('jail.kernel-surface', 'ioctl has what isatty and setblocking use', () => {
    const refused = [0x5412, 0x541c, 0x8901, 0x8902, 0x5452, 0x5402, 0x8912, 0xff01, 0];
    expectCases([
      ...[0x5401, 0x5413, 0x541b, 0x5421, 0x5450, 0x5451].flatMap((command): Case[] => [
        ['ioctl', [0, command], 'allow'],
        ['ioctl', [0, HIGH + BigInt(command)], 'allow'],
      ]),
      ...refused.map((command): Case => ['ioctl', [0, command], 'ENOTTY']),
      ...refused.map((command): Case => ['ioctl', [0, HIGH + BigInt(command)], 'ENOTTY']),
    ]);
  });

  verifies('jail.kernel-surface', 'prctl names, reads and restricts', () => {
    // SET_SECUREBITS, SET_MM, SET_FP_MODE, CAP_AMBIENT, SET_SPECULATION_CTRL, SCHED_CORE,
    // SET_MEMORY_MERGE, SET_PTRACER
    const refused = [28, 35, 45, 47, 53, 62, 67, 0x59616d61];
    expectCases([
      ...[1, 3, 4, 15, 16, 21, 22, 23, 38, 39, 0x53564d41].map(
        (option): Case => ['prctl', [option, 1], 'allow'],
      ),
      ...refused.map((option): Case => ['prctl', [option, 1], 'EPERM']),
      ...refused.map((option): Case => ['prctl', [HIGH + BigInt(option), 1], 'EPERM']),
      ['prctl', [36, 0], 'EPERM'],
      ['prctl', [HIGH + 36n, 0], 'EPERM'],
      ['arch_prctl', [0x1002, 0], 'allow'],
      ['arch_prctl', [0x1023, 18], 'allow'],
      ['arch_prctl', [0x1012, 0], 'EINVAL'],
      ['arch_prctl', [HIGH + 0x2003n, 0], 'EINVAL'],
    ]);
  });

  verifies(
    'jail.kernel-surface',
    'nodes, personalities, filters and cache advice are bounded',
    () => {
      expectCases([
        ['mknod', [1, 0x1000 | 0o644], 'allow'],
        ['mknod', [1, 0o644], 'allow'],
        ['mknod', [1, 0x2000 | 0o644], 'EPERM'],
        ['mknod', [1, 0x12000], 'EPERM'], // the kernel cuts a mode to 16 bits
        ['mknodat', [-100, 1, 0x8000 | 0o644], 'allow'],
        ['mknodat', [-100, 1, 0x6000], 'EPERM'],
        ['mknodat', [-100, 1, 0xc000], 'EPERM'],
        ['personality', [MINUS_ONE_CUT], 'allow'],
        ['personality', [0], 'allow'],
        ['personality', [0x40000], 'EPERM'],
        ['personality', [HIGH + 0x40000n], 'EPERM'],
        ['seccomp', [1, 0], 'allow'],
        ['seccomp', [1, 1], 'allow'],
        ['seccomp', [2, 0], 'allow'],
        ...[2, 4, 8, 9, 32].map((flags): Case => ['seccomp', [1, flags], 'EPERM']),
        ['seccomp', [1, HIGH + 8n], 'EPERM'],
        ['seccomp', [3, 0], 'EPERM'],
        ['fadvise64', [3, 0, 0, 2], 'allow'],
        ['fadvise64', [3, 0, 0, 4], 'EPERM'],
        ['fadvise64', [3, 0, 0, HIGH + 4n], 'EPERM'],
      ]);
    },
  );

  it('decides any call in few steps and has no verdict but those of the policy', () => {
    for (const architecture of architectures) {
      const program = programs[architecture];
      let longest = 0;
      for (let number = 0; number < 480; number += 1) {
        const run = runProgram(program, { number, architecture: auditNumbers[architecture] });
        describeAction(run.action);
        longest = Math.max(longest, run.steps);
      }
      expect(longest).toBeLessThan(40);
      expect(program.length).toBeLessThan(400);
    }
  });
});
