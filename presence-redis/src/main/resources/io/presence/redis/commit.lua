-- Makes Redis say what one instance says is true: one batch of marks of one bucket.
--
-- KEYS 1    presence:{b}                    the bucket
--      2    presence:{b}:instances          its registrations
--      3    presence:{b}:i:<registration>   the index of the registration that commits
--      4..  presence:{b}:t:<topic>          the topics that the marks name
--
-- ARGV 1    registration
--      2    batch number, above that of every batch sent before by this registration
--      3    ms that a topic lives when nobody keeps it
--      4    members that a topic may have, 0: any number
--      5    1: publish with SPUBLISH, 0: with PUBLISH
--      6    ms of grace for members whose connections were lost, 0: none
--      7..  marks, one after the other, T being the number of the topic among KEYS (4 and up: 1 and up)
--           T h key stamp data              held, and never held before: may be refused
--           T H key stamp data              held, as it was before: is never refused
--           T y key stamp data              held for the grace time only: as H, but with the stamp 0 and so behind all
--                                           others while a registration that has not died holds the key for a connection;
--                                           not held when the member has left by choice meanwhile
--           T d key reason                  not held; for the reasons leave and kicked (by choice), those with the stamp 0
--                                           go too when no other holds remain
--           T s connection key n text       the connection's state
--           T c connection                  the connection has no state
--
-- Reply     {'unknown'}                     the registration is absent, ended, or lost its index: nothing done
--           {'old'}                         the batch number is not above the last: nothing done
--           {'ok', version, refused, repaired, yielded, edges, over}
--             version     decimal microseconds of what changed, '0' when nothing did
--             refused     the positions of refused marks in the batch, from 0
--             repaired    unreadable values that were removed or replaced
--             yielded     the positions of marks that got the stamp 0, from 0
--             edges       the positions of marks that made their member come or leave, from 0
--             over        the positions of y marks whose member has left by choice, so that they are not held, from 0
--
-- Counts what it takes from other registrations in their indexes, presence:{b}:i:<registration>. With a grace time it
-- notes who left by choice in presence:{b}:l:<length of topic>:<topic><key>, until the grace time is over or the member is back.
--
-- Publishes on the key of each topic that changed: P1t {from, version, count, registration, (field, value)...};
-- the value of a field that went is '-' and the reason.

local registration, ttl, max, sharded, grace = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1', tonumber(ARGV[6])

local score = deadline(registration)
local index = read('HMGET', KEYS[3], '__batch', '__reason')
local last = integer(index[1])
if not score or score == 0 or not last or index[2] then
  return {'unknown'}
end
if tonumber(ARGV[2]) <= last then
  return {'old'}
end
redis.call('HSET', KEYS[3], '__batch', ARGV[2])

local topics = {}
local function topic(number)
  local known = topics[number]
  if not known then
    known = open(KEYS[3 + number])
    known.mine = 0
    topics[number] = known
  end
  return known
end

local function newer(a, b)
  local x, y = tonumber(a.stamp), tonumber(b.stamp)
  return x > y or x == y and a.id > b.id
end

local function topicName(T)
  return string.sub(T.key, #KEYS[1] + 4)
end

-- Not among KEYS, so it is used with pcall only: where Redis denies it (a slot that moves, an ACL), what is written stays whole.
local function note(T, key)
  return KEYS[1] .. ':l:' .. netstring(topicName(T)) .. key
end

local edge = false

local function hold(T, key, stamp, data, repeated)
  local field = 'm' .. key
  local old = redis.call('HGET', T.key, field)
  if not old and max > 0 and T.count >= max and not repeated then
    return false
  end
  local list = holds(old or '')
  if old and not list then
    repaired = repaired + 1
  end
  list = list or {}
  local before = take(list, registration)
  if before and before.stamp == stamp and before.data == data then
    return true
  end
  local mine, at = {id = registration, stamp = stamp, data = data}, 1
  while list[at] and newer(list[at], mine) do
    at = at + 1
  end
  table.insert(list, at, mine)
  put(T, field, text(list))
  if not before then
    T.mine = T.mine + 1
  end
  if not old then
    T.count = T.count + 1
    edge = true
    if grace > 0 then
      redis.pcall('UNLINK', note(T, key))
    end
  end
  return true
end

local ended = {}

local function release(T, key, reason)
  local field = 'm' .. key
  local old = redis.call('HGET', T.key, field)
  local list = old and holds(old)
  if old and not list then
    repaired = repaired + 1
    removeMember(T, field, 'unknown')
  elseif list and take(list, registration) then
    T.mine = T.mine - 1
    local chosen = reason == 'leave' or reason == 'kicked'
    if #list > 0 and list[1].stamp == '0' and chosen then
      for _, other in ipairs(list) do
        ended[#ended + 1] = {topic = T, id = other.id}
      end
      list = {}
    end
    if #list == 0 then
      removeMember(T, field, reason)
      edge = true
      if grace > 0 and chosen then
        redis.pcall('SET', note(T, key), '1')
        redis.pcall('PEXPIRE', note(T, key), grace)
      end
    else
      put(T, field, text(list))
    end
  end
end

local function isHeldElsewhere(T, key)
  for _, other in ipairs(holds(redis.call('HGET', T.key, 'm' .. key) or '') or {}) do
    if other.id ~= registration and other.stamp ~= '0' and (deadline(other.id) or 0) ~= 0 then
      return true
    end
  end
  return false
end

local function hasLeft(T, key)
  return grace > 0 and redis.pcall('EXISTS', note(T, key)) == 1 and not redis.call('HGET', T.key, 'm' .. key)
end

local function state(T, connection, key, n, json)
  local field, value = 's' .. registration .. ':' .. connection, n .. ':' .. netstring(key) .. json
  local old = redis.call('HGET', T.key, field)
  if old ~= value then
    put(T, field, value)
    if not old then
      T.mine = T.mine + 1
    end
  end
end

local function clear(T, connection)
  local field = 's' .. registration .. ':' .. connection
  if redis.call('HDEL', T.key, field) == 1 then
    T.mine = T.mine - 1
    change(T, field, '-')
  end
end

local refused, yielded, edges, over, position, at = {}, {}, {}, {}, 0, 7
while at <= #ARGV do
  edge = false
  local T, op = topic(tonumber(ARGV[at])), ARGV[at + 1]
  if op == 'h' or op == 'H' then
    if not hold(T, ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], op == 'H') then
      refused[#refused + 1] = position
    end
    at = at + 5
  elseif op == 'y' then
    if hasLeft(T, ARGV[at + 2]) then
      over[#over + 1] = position
    else
      local yields = isHeldElsewhere(T, ARGV[at + 2])
      if yields then
        yielded[#yielded + 1] = position
      end
      hold(T, ARGV[at + 2], yields and '0' or ARGV[at + 3], ARGV[at + 4], true)
    end
    at = at + 5
  elseif op == 'd' then
    release(T, ARGV[at + 2], ARGV[at + 3])
    at = at + 4
  elseif op == 's' then
    state(T, ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5])
    at = at + 6
  else
    clear(T, ARGV[at + 2])
    at = at + 3
  end
  if edge then
    edges[#edges + 1] = position
  end
  position = position + 1
end

-- In a topic that was not there the registration had nothing, whatever its index says.
local function count(T)
  local name, sum = topicName(T), T.mine
  if not T.absent then
    sum = redis.pcall('HINCRBY', KEYS[3], name, T.mine)
    if type(sum) == 'table' then
      repaired = repaired + 1
      sum = math.max(T.mine, 1)
      redis.call('HSET', KEYS[3], name, sum)
    end
  elseif sum > 0 then
    redis.call('HSET', KEYS[3], name, sum)
  end
  if sum <= 0 then
    redis.call('HDEL', KEYS[3], name)
  end
end

local changed = {}
for number = 1, #KEYS - 3 do
  local T = topics[number]
  if T and (T.absent or T.mine ~= 0) then
    count(T)
  end
  if T and #T.changes > 0 then
    changed[#changed + 1] = T
  end
end
if #changed == 0 then
  return {'ok', '0', refused, repaired, yielded, edges, over}
end
local version = nextVersion(changed, ttl)
for _, T in ipairs(changed) do
  close(T, version, registration, ttl, sharded)
end
for _, hold in ipairs(ended) do
  local index, name = KEYS[1] .. ':i:' .. hold.id, topicName(hold.topic)
  local sum = redis.pcall('HGET', index, name)
  sum = type(sum) == 'string' and integer(sum)
  if sum and sum > 1 then
    redis.pcall('HSET', index, name, decimal(sum - 1))
  elseif sum then
    redis.pcall('HDEL', index, name)
  end
end
return {'ok', version, refused, repaired, yielded, edges, over}
