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
--      6..  marks, one after the other, T being the number of the topic among KEYS (4 and up: 1 and up)
--           T h key stamp data              held, and never held before: may be refused
--           T H key stamp data              held, as it was before: is never refused
--           T d key reason                  not held
--           T s connection key n text       the connection's state
--           T c connection                  the connection has no state
--
-- Reply     {'unknown'}                     the registration is absent, ended, or lost its index: nothing done
--           {'old'}                         the batch number is not above the last: nothing done
--           {'ok', version, refused, repaired}
--             version     decimal µs of what changed, '0' when nothing did
--             refused     the positions of refused marks in the batch, from 0
--             repaired    unreadable values that were removed or replaced
--
-- Publishes on the key of each topic that changed: P1t {from, version, count, registration, (field, value)...};
-- the value of a field that went is '-' and the reason.

local registration, sharded = ARGV[1], ARGV[5] == '1'
local ttl, max = tonumber(ARGV[3]), tonumber(ARGV[4])
local repaired = 0

local function get(key, field)
  local value = redis.pcall('HGET', key, field)
  if type(value) ~= 'table' then
    return value
  end
  if string.sub(value.err, 1, 9) ~= 'WRONGTYPE' then
    error(value.err)
  end
  redis.call('UNLINK', key)
  repaired = repaired + 1
  return false
end

local function integer(text)
  local number = text and #text <= 16 and string.match(text, '^%d+$') and tonumber(text)
  return number and number < 9e15 and number or nil
end

local score = redis.pcall('ZSCORE', KEYS[2], registration)
if type(score) == 'table' then
  redis.call('UNLINK', KEYS[2])
  score = false
end
if not score or tonumber(score) == 0 or get(KEYS[3], '__reason') then
  return {'unknown'}
end
local last = integer(get(KEYS[3], '__batch'))
if not last then
  return {'unknown'}
end
if tonumber(ARGV[2]) <= last then
  return {'old'}
end
redis.call('HSET', KEYS[3], '__batch', ARGV[2])

-- a member's holds, newest first, from their text, or nil: <registration>:<stamp>:<length or =>:<data>...
local function holds(text)
  local list, at, data = {}, 1, nil
  while at <= #text do
    local _, stop, id, stamp, length = string.find(text, '^([%w_-]+):(%d+):([%d=]+):', at)
    if not stop or #stamp > 16 then
      return nil
    end
    at = stop + 1
    if length ~= '=' then
      local size = #length <= 9 and tonumber(length)
      if not size or at + size - 1 > #text then
        return nil
      end
      data = string.sub(text, at, at + size - 1)
      at = at + size
    elseif not data then
      return nil
    end
    list[#list + 1] = {id = id, stamp = stamp, data = data}
  end
  return #list > 0 and list or nil
end

local function text(list)
  local parts, data = {}, nil
  for i, hold in ipairs(list) do
    if hold.data == data then
      parts[i] = hold.id .. ':' .. hold.stamp .. ':=:'
    else
      data = hold.data
      parts[i] = hold.id .. ':' .. hold.stamp .. ':' .. #data .. ':' .. data
    end
  end
  return table.concat(parts)
end

local function newer(a, b)
  local x, y = tonumber(a.stamp), tonumber(b.stamp)
  return x > y or x == y and a.id > b.id
end

local topics = {}
local function topic(number)
  local known = topics[number]
  if known then
    return known
  end
  local key = KEYS[3 + number]
  local head, from, count = get(key, 'h'), nil, nil
  if head then
    from, count = string.match(head, '^(%d+) (%d+)$')
    from, count = integer(from), integer(count)
  end
  if not (from and count) and redis.call('UNLINK', key) == 1 then
    repaired = repaired + 1
  end
  local new = {key = key, from = from and count and from or 0, count = from and count or 0, mine = 0, changes = {}}
  new.name = string.sub(key, #KEYS[1] + 4)
  new.absent = new.from == 0
  topics[number] = new
  topics[#topics + 1] = new
  return new
end

local function change(T, field, value)
  T.changes[#T.changes + 1] = field
  T.changes[#T.changes + 1] = value
end

local function put(T, field, value)
  redis.call('HSET', T.key, field, value)
  change(T, field, value)
end

local function hold(T, key, stamp, data, repeated)
  local field = 'm' .. key
  local old = get(T.key, field)
  if not old and max > 0 and T.count >= max and not repeated then
    return false
  end
  local list = old and holds(old)
  if old and not list then
    repaired = repaired + 1
  end
  list = list or {}
  local mine = {id = registration, stamp = stamp, data = data}
  local held = false
  for i, other in ipairs(list) do
    if other.id == registration then
      if other.stamp == stamp and other.data == data then
        return true
      end
      table.remove(list, i)
      held = true
      break
    end
  end
  local at = 1
  while list[at] and newer(list[at], mine) do
    at = at + 1
  end
  table.insert(list, at, mine)
  put(T, field, text(list))
  if not held then
    T.mine = T.mine + 1
  end
  if not old then
    T.count = T.count + 1
  end
  return true
end

local function remove(T, field, reason)
  redis.call('HDEL', T.key, field)
  T.count = math.max(T.count - 1, 0)
  change(T, field, '-' .. reason)
end

local function release(T, key, reason)
  local field = 'm' .. key
  local old = get(T.key, field)
  if not old then
    return
  end
  local list = holds(old)
  if not list then
    repaired = repaired + 1
    return remove(T, field, 'unknown')
  end
  for i, other in ipairs(list) do
    if other.id == registration then
      T.mine = T.mine - 1
      table.remove(list, i)
      if #list == 0 then
        return remove(T, field, reason)
      end
      return put(T, field, text(list))
    end
  end
end

local function state(T, connection, key, n, json)
  local field, value = 's' .. registration .. ':' .. connection, n .. ':' .. #key .. ':' .. key .. json
  local old = get(T.key, field)
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

local refused, position, at = {}, 0, 6
while at <= #ARGV do
  local T, op = topic(tonumber(ARGV[at])), ARGV[at + 1]
  if op == 'h' or op == 'H' then
    if not hold(T, ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], op == 'H') then
      refused[#refused + 1] = position
    end
    at = at + 5
  elseif op == 'd' then
    release(T, ARGV[at + 2], ARGV[at + 3])
    at = at + 4
  elseif op == 's' then
    state(T, ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5])
    at = at + 6
  elseif op == 'c' then
    clear(T, ARGV[at + 2])
    at = at + 3
  else
    error('ERR no such mark: ' .. tostring(op))
  end
  position = position + 1
end

-- what the registration has in a topic that was absent is what it has just put there, whatever its index says
local function index(T)
  if T.absent then
    if T.mine > 0 then
      redis.call('HSET', KEYS[3], T.name, T.mine)
    else
      redis.call('HDEL', KEYS[3], T.name)
    end
  elseif T.mine ~= 0 then
    local sum = redis.pcall('HINCRBY', KEYS[3], T.name, T.mine)
    if type(sum) == 'table' then
      repaired = repaired + 1
      redis.call('HSET', KEYS[3], T.name, 1)
    elseif sum <= 0 then
      redis.call('HDEL', KEYS[3], T.name)
    end
  end
end

local function netstring(value)
  return #value .. ':' .. value
end

local version, changed = 0, false
for _, T in ipairs(topics) do
  index(T)
  if #T.changes > 0 then
    changed = true
    version = math.max(version, T.from + 1)
  end
end
if not changed then
  return {'ok', '0', refused, repaired}
end

local time = redis.call('TIME')
local given = integer(get(KEYS[1], 'c'))
version = math.max(version, tonumber(time[1]) * 1000000 + tonumber(time[2]), (given or 0) + 1)
local stamp = string.format('%.0f', version)
redis.call('HSET', KEYS[1], 'c', stamp)
if not given then
  redis.call('PEXPIRE', KEYS[1], math.max(86400000, 2 * ttl))
end
for _, T in ipairs(topics) do
  if #T.changes > 0 then
    if redis.call('HLEN', T.key) <= (T.absent and 0 or 1) then
      redis.call('UNLINK', T.key)
      T.count = 0
    else
      redis.call('HSET', T.key, 'h', string.format('%s %.0f', stamp, T.count))
      redis.call('PEXPIRE', T.key, ttl)
    end
    local message = {netstring(string.format('%.0f', T.from)), netstring(stamp), netstring(string.format('%.0f', T.count)), netstring(registration)}
    for _, value in ipairs(T.changes) do
      message[#message + 1] = netstring(value)
    end
    redis.call(sharded and 'SPUBLISH' or 'PUBLISH', T.key, 'P1t' .. table.concat(message))
  end
end
return {'ok', stamp, refused, repaired}
