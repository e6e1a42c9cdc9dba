/*
 * Under each name lies one of these, so that one look tells all:
 *
 *   =TAG|SEALED   what is kept; it counts only under the tag of this moment
 *   ?TICKET       somebody reads it from the database, and may keep it as long as this lies here
 *   !COUNT        so many are changing it
 *   nothing
 *
 * A change puts `!` in the place of whatever lies there, before it begins, and takes it away when it is done, together with
 * whatever lies there then. So a ticket from before a change is none after it, however late its reader comes (leases, as of
 * Nishtala et al., 'Scaling Memcache at Facebook', 2013); and if whoever changes it dies, nothing is kept until `!` ends.
 * Each is one script, which Redis runs whole.
 */

/** ARGV: `=TAG|`, `?TICKET`, milliseconds. Gives what is kept, or the ticket if it may be kept, or nothing. */
export const LOOK = `
local there = redis.call('GET', KEYS[1])
if there and string.sub(there, 1, #ARGV[1]) == ARGV[1] then return there end
if there and string.sub(there, 1, 1) ~= '=' then return false end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return ARGV[2]`;

/** ARGV: `?TICKET`, `=TAG|SEALED`, milliseconds. */
export const KEEP = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

const COUNT_OF_CHANGES = `
local there = redis.call('GET', KEYS[1])
local count = there and tonumber(string.match(there, '^!(%d+)$')) or 0`;

/** ARGV: milliseconds. */
export const BEGIN_CHANGE = `${COUNT_OF_CHANGES}
redis.call('SET', KEYS[1], '!' .. (count + 1), 'PX', ARGV[1])
return 1`;

/** ARGV: milliseconds. */
export const END_CHANGE = `${COUNT_OF_CHANGES}
if count > 1 then redis.call('SET', KEYS[1], '!' .. (count - 1), 'PX', ARGV[1])
else redis.call('DEL', KEYS[1]) end
return 1`;
