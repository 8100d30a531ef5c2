-- Registers an instance in a bucket or extends its lease, keeps topics alive and tells their versions.
--
-- KEYS 1    presence:{b}                    the bucket
--      2    presence:{b}:instances          its registrations
--      3    presence:{b}:i:<registration>   the index of the registration that calls, and its own channel
--      4..  presence:{b}:t:<topic>          the topics to keep alive and to tell the version of, at most 500
--
-- ARGV 1    registration
--      2    ms of the lease
--      3    ms to the new deadline: the longer of lease and grace
--      4    ms that a topic lives when nobody keeps it
--      5    1: publish with SPUBLISH, 0: with PUBLISH
--      6    1: register, 0: only extend
--
-- Reply     {status, now, registrations, left, versions, repaired}
--             status          'ok', or 'unknown': the registration is absent, ended, or lost its index, and was not extended
--             now             decimal microseconds of this server's clock
--             registrations   {registration, ms until it may be reaped (0: now)...}, the nearest first, at most 1 000
--             left            registrations of the bucket, also those not told
--             versions        decimal, one for each topic named, '0' for a topic that is not there
--             repaired        unreadable values that were removed
--
-- Publishes on KEYS 3, whatever the status: P1l {now}.

local registration, lease, length = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local ttl, sharded, register = tonumber(ARGV[4]), ARGV[5] == '1', ARGV[6] == '1'
local time = micros()
local now = math.floor(time / 1000)

local bucket = read('HMGET', KEYS[1], 'seen', 'guard')
local seen, guard = integer(bucket[1]), math.min(integer(bucket[2]) or 0, now + lease)
if not seen or now < seen or now - seen > lease / 2 then
  guard = now + lease
end
redis.call('HSET', KEYS[1], 'seen', decimal(now), 'guard', decimal(guard))

local status, score = 'unknown', deadline(registration)
local index = read('HMGET', KEYS[3], '__batch', '__reason')
if score ~= 0 and not index[2] then
  if register and not integer(index[1]) then
    redis.call('HSET', KEYS[3], '__batch', '0')
  end
  if register or score and integer(index[1]) then
    redis.call('ZADD', KEYS[2], decimal(now + length), registration)
    status = 'ok'
  end
end
for i = 1, 3 do
  redis.call('PEXPIRE', KEYS[i], bookkeeping(ttl))
end

local far = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. decimal(now + length), '+inf', 'LIMIT', '0', '1000')
for _, other in ipairs(far) do
  redis.call('ZADD', KEYS[2], decimal(now + length), other)
end
local registrations = redis.call('ZRANGE', KEYS[2], '0', '999', 'WITHSCORES')
for i = 2, #registrations, 2 do
  local at = tonumber(registrations[i])
  registrations[i] = at == 0 and 0 or math.max(at - now, guard - now, 0)
end

local versions = {}
for i = 4, #KEYS do
  versions[#versions + 1] = decimal(head(KEYS[i]) or 0)
  redis.call('PEXPIRE', KEYS[i], ttl)
end

redis.call(sharded and 'SPUBLISH' or 'PUBLISH', KEYS[3], 'P1l' .. netstring(decimal(time)))
return {status, decimal(time), registrations, redis.call('ZCARD', KEYS[2]), versions, repaired}
