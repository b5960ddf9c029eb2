/** Tables of the Linux audit system, as data. */

/** Record types by number, as the kernel prints them to the console (`include/uapi/linux/audit.h`). */
export const recordTypes: Readonly<Record<string, string>> = {
  1006: 'LOGIN',
  1100: 'USER_AUTH',
  1101: 'USER_ACCT',
  1102: 'USER_MGMT',
  1103: 'CRED_ACQ',
  1104: 'CRED_DISP',
  1105: 'USER_START',
  1106: 'USER_END',
  1107: 'USER_AVC',
  1108: 'USER_CHAUTHTOK',
  1109: 'USER_ERR',
  1110: 'CRED_REFR',
  1111: 'USYS_CONFIG',
  1112: 'USER_LOGIN',
  1113: 'USER_LOGOUT',
  1114: 'ADD_USER',
  1115: 'DEL_USER',
  1116: 'ADD_GROUP',
  1117: 'DEL_GROUP',
  1123: 'USER_CMD',
  1124: 'USER_TTY',
  1127: 'SYSTEM_BOOT',
  1128: 'SYSTEM_SHUTDOWN',
  1129: 'SYSTEM_RUNLEVEL',
  1130: 'SERVICE_START',
  1131: 'SERVICE_STOP',
  1300: 'SYSCALL',
  1302: 'PATH',
  1303: 'IPC',
  1304: 'SOCKETCALL',
  1305: 'CONFIG_CHANGE',
  1306: 'SOCKADDR',
  1307: 'CWD',
  1309: 'EXECVE',
  1318: 'OBJ_PID',
  1319: 'TTY',
  1320: 'EOE',
  1321: 'BPRM_FCAPS',
  1322: 'CAPSET',
  1323: 'MMAP',
  1325: 'NETFILTER_CFG',
  1326: 'SECCOMP',
  1327: 'PROCTITLE',
  1330: 'KERN_MODULE',
  1334: 'BPF',
  1400: 'AVC',
  1700: 'ANOM_PROMISCUOUS',
  1701: 'ANOM_ABEND',
};

/** Records that only add to an event which another record names. */
export const auxiliary: ReadonlySet<string> = new Set([
  'BPRM_FCAPS',
  'CAPSET',
  'CWD',
  'EOE',
  'EXECVE',
  'FD_PAIR',
  'IPC',
  'KERN_MODULE',
  'MMAP',
  'OBJ_PID',
  'OPENAT2',
  'PATH',
  'PROCTITLE',
  'SOCKADDR',
  'SOCKETCALL',
  'SYSCALL',
]);

/** Fields that hold text from outside: bare ones are hexadecimal when the text has odd characters. */
export const encodedFields: ReadonlySet<string> = new Set([
  ...['acct', 'cmd', 'comm', 'cwd', 'data', 'dir', 'exe', 'file', 'grp', 'key', 'name', 'new-chardev'],
  ...['new-disk', 'new-fs', 'ocomm', 'old-chardev', 'old-disk', 'old-fs', 'path', 'proctitle', 'sw', 'vm'],
  'watch',
]);

/** What PAM and other programs write within `msg='…'` is of the same event. */
export const messageField = 'msg';

interface Architecture {
  readonly numbers: ReadonlyMap<string, string>;
}

const numbered = (pairs: string): Architecture => ({
  numbers: new Map(
    pairs
      .trim()
      .split(/\s+/)
      .map((pair) => {
        const [number = '', name = ''] = pair.split(':');
        return [number, name] as const;
      }),
  ),
});

/** System calls that audit rules usually watch, by the `arch` of the record. Others keep their number. */
const architectures: Readonly<Record<string, Architecture>> = {
  // x86-64
  c000003e: numbered(`
    0:read 1:write 2:open 3:close 9:mmap 13:rt_sigaction 14:rt_sigprocmask 16:ioctl 32:dup 33:dup2 41:socket
    42:connect 43:accept 44:sendto 45:recvfrom 46:sendmsg 47:recvmsg 49:bind 50:listen 56:clone 57:fork 58:vfork
    59:execve 60:exit 62:kill 63:uname 76:truncate 77:ftruncate 79:getcwd 80:chdir 82:rename 83:mkdir 84:rmdir
    85:creat 86:link 87:unlink 88:symlink 89:readlink 90:chmod 91:fchmod 92:chown 93:fchown 94:lchown 99:sysinfo
    101:ptrace 103:syslog 105:setuid 106:setgid 113:setreuid 114:setregid 117:setresuid 119:setresgid 122:setfsuid
    123:setfsgid 126:capset 133:mknod 157:prctl 159:adjtimex 161:chroot 163:acct 164:settimeofday 165:mount
    166:umount2 167:swapon 169:reboot 170:sethostname 171:setdomainname 175:init_module 176:delete_module 188:setxattr
    189:lsetxattr 190:fsetxattr 197:removexattr 198:lremovexattr 199:fremovexattr 200:tkill 227:clock_settime
    228:clock_gettime 231:exit_group 234:tgkill 246:kexec_load 257:openat 258:mkdirat 259:mknodat 260:fchownat
    263:unlinkat 264:renameat 265:linkat 266:symlinkat 268:fchmodat 272:unshare 288:accept4 304:open_by_handle_at
    305:clock_adjtime 308:setns 310:process_vm_readv 311:process_vm_writev 313:finit_module 316:renameat2
    319:memfd_create 320:kexec_file_load 321:bpf 322:execveat 323:userfaultfd 435:clone3 437:openat2 452:fchmodat2`),
  // 64-bit ARM
  c00000b7: numbered(`
    5:setxattr 6:lsetxattr 7:fsetxattr 14:removexattr 15:lremovexattr 16:fremovexattr 29:ioctl 33:mknodat 34:mkdirat
    35:unlinkat 36:symlinkat 37:linkat 38:renameat 39:umount2 40:mount 45:truncate 46:ftruncate 49:chdir 51:chroot
    52:fchmod 53:fchmodat 54:fchownat 55:fchown 56:openat 57:close 63:read 64:write 89:acct 91:capset 93:exit
    94:exit_group 97:unshare 104:kexec_load 105:init_module 106:delete_module 112:clock_settime 116:syslog 117:ptrace
    129:kill 130:tkill 131:tgkill 134:rt_sigaction 135:rt_sigprocmask 142:reboot 143:setregid 144:setgid 145:setreuid
    146:setuid 147:setresuid 149:setresgid 151:setfsuid 152:setfsgid 160:uname 161:sethostname 162:setdomainname
    167:prctl 170:settimeofday 171:adjtimex 179:sysinfo 198:socket 200:bind 201:listen 202:accept 203:connect
    206:sendto 207:recvfrom 211:sendmsg 212:recvmsg 220:clone 221:execve 222:mmap 224:swapon 242:accept4
    265:open_by_handle_at 266:clock_adjtime 268:setns 270:process_vm_readv 271:process_vm_writev 273:finit_module
    276:renameat2 279:memfd_create 280:bpf 281:execveat 282:userfaultfd 294:kexec_file_load 435:clone3 437:openat2
    452:fchmodat2`),
  // 32-bit x86
  '40000003': numbered(`
    1:exit 2:fork 3:read 4:write 5:open 6:close 8:creat 9:link 10:unlink 11:execve 12:chdir 14:mknod 15:chmod 16:lchown
    21:mount 23:setuid 26:ptrace 37:kill 38:rename 39:mkdir 40:rmdir 46:setgid 51:acct 52:umount2 54:ioctl 61:chroot
    74:sethostname 79:settimeofday 83:symlink 88:reboot 92:truncate 93:ftruncate 94:fchmod 95:fchown 102:socketcall
    103:syslog 116:sysinfo 120:clone 122:uname 128:init_module 129:delete_module 182:chown 190:vfork 203:setreuid
    208:setresuid 212:chown32 213:setuid32 226:setxattr 252:exit_group 295:openat 296:mkdirat 297:mknodat 298:fchownat
    301:unlinkat 302:renameat 303:linkat 304:symlinkat 306:fchmodat 350:finit_module 353:renameat2 356:memfd_create
    357:bpf 358:execveat 359:socket 361:bind 362:connect 363:listen 364:accept4`),
};

/** The name of a system call; its number where it is not known. */
export function syscallName(architecture: string, number: string): string {
  return architectures[architecture]?.numbers.get(number) ?? number;
}
