-- Ends a registration: it commits nothing more, and is reaped without regard to the bucket's guard.
--
-- KEYS 1    presence:{b}                    the bucket
--      2    presence:{b}:instances          its registrations
--      3    presence:{b}:i:<registration>   the index of the registration
--
-- ARGV 1    registration
--      2    ms until it may be reaped (presence.grace), 0: at once
--      3    reason of the leaves that reaping it will publish; of several calls the first reason and the earliest time count
--      4    ms that a topic lives when nobody keeps it
--
-- Reply     {'ok', ms until it may be reaped}
--
-- A registration that is absent is ended too, so that what it left behind can be reaped. Publishes nothing.

local registration, grace, ttl = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4])
local now = math.floor(micros() / 1000)
local before, score = deadline(registration), grace > 0 and now + grace or 0
if read('HGET', KEYS[3], '__reason') then
  score = math.min(before or score, score)
else
  score = before == 0 and 0 or score
  redis.call('HSET', KEYS[3], '__reason', ARGV[3])
end
redis.call('ZADD', KEYS[2], decimal(score), registration)
redis.call('PEXPIRE', KEYS[2], bookkeeping(ttl))
redis.call('PEXPIRE', KEYS[3], bookkeeping(ttl))
return {'ok', math.max(score - now, 0)}
