"""Word lists of the simulated service, second half: things, places, deeds, circumstances."""

from .topics import words

THINGS = words("""
a folding bicycle; a cordless drill; a cast-iron pan; a brass telescope; a wind-up radio
a leather suitcase; a glass teapot; a wool blanket; a pocket knife; an electric kettle
a second-hand canoe; a rusty key; a jar of buttons; a wooden chess set; a rain barrel
a garden gnome; a broken umbrella; a silver whistle; a sewing machine; a tin soldier
a pair of snowshoes; a hot-water bottle; a vintage typewriter; a straw hat; a beeswax candle
a yoga mat; a coffee grinder; a smart thermostat; a baby monitor; a robot vacuum; a travel pillow
a fitness tracker; a noise-cancelling headset; an office chair; a standing desk; a bunk bed
a bookcase; a rocking horse; a grandfather clock; a porcelain vase; a paper lantern; a kite
a skateboard; a surfboard; a tennis racket; a rowing machine; a climbing rope; a camping stove
a sleeping bag; a two-person tent; a head torch; a compass; a pair of binoculars; a fishing rod
a lunch box; a thermos; a bread knife; a rolling pin; a salad spinner; a spice rack; a waffle iron
a pressure cooker; a pizza stone; an ice bucket; a wheelbarrow; a garden hose; a bird feeder
a beehive; a chicken coop; a greenhouse; a hammock; a picnic basket; a chalkboard; a fountain pen
a desk lamp; a paper shredder; a laser printer; an alarm clock; a walking stick; a velvet curtain
a patchwork quilt; a silk scarf; a pair of clogs; a raincoat; a bow tie; a wristwatch
a jewellery box; a cello case; an accordion; a ukulele; a tambourine; a harmonica; a snare drum
a stack of postcards; a stamp album; a dictionary; a cookbook; a road atlas; a phrase book
a library card; a bus ticket; a parking fine; a love letter; a sack of flour; a wheel of cheese
a crate of oranges; a pot of basil; a jar of honey; a bag of marbles; a bar of soap
a model railway; a doll's house; a jigsaw puzzle; a deck of cards; a yo-yo; a snow globe
a toy submarine; a puppet theatre; a stapler; a ladder; a toolbox; a paintbrush; a bucket of tar
a coil of wire; a spirit level; a spare tyre; a jump lead; a solar charger; a portable fan
a water filter; a first aid kit; a fire extinguisher; a smoke alarm; a door bell; a letterbox
""")

STATES = words("""
with a cracked handle; that nobody has claimed; bought at a flea market; painted bright yellow
that squeaks at night; left behind by a tenant; that arrived two weeks late; with a missing screw
wrapped in newspaper; made in Portugal; that once belonged to a sailor; sold at half price
with a hidden compartment; that stopped working on Sunday; inherited from an uncle
still in its box; that smells of lavender; too heavy for one person; with a lifetime guarantee
won in a raffle; repaired with tape; that children love; ordered by mistake
from the nineteen-fifties; lent by a friend; with a handwritten label; that fits in a pocket
stolen last winter; found under a bridge; with a strange hum; covered in stickers; built from a kit
that needs no batteries; returned without a receipt; donated by a school; that glows in the dark
with instructions in Finnish; hanging in a hallway; kept for emergencies; that the dog has chewed
carved with initials; rented by the hour; that has crossed an ocean; with one wobbly leg
described as nearly new; with teeth marks on it; that hums in the rain; signed by a champion
the colour of mustard; missing its lid; rescued from a fire; bought in Istanbul
that folds the wrong way; engraved with a date; packed in straw; with a stubborn zip
from a closed hotel; that nobody can lift; on permanent loan; wrapped for a birthday
that rattles when shaken; with a frayed cord; once owned by a countess; stuck in customs
with sand inside; that doubles as a chair; labelled as fragile; awarded for bravery
full of receipts; with a magnetic clasp; shaped like a swan; that leaks a little
kept since childhood; swapped for a bicycle; hidden in a piano; with two spare wheels
smelling faintly of fish; recalled by the maker; cast in bronze; trimmed with fur
that fell off a lorry; polished every Sunday; with a lifetime of scratches; pawned twice
made of driftwood
""")

PLACES = words("""
a rainy fishing village; a rooftop garden; an abandoned railway station; a crowded night market
a mountain monastery; a small island without cars; a university basement; a desert research camp
a hospital waiting room; a village pub; a houseboat in Amsterdam; a cable car above Bergen
the harbour of Valparaiso; a tea house in Kyoto; a laundrette in Glasgow; a bakery at dawn
an empty swimming pool; a courtroom; a lighthouse in a storm; a school gymnasium
a ferry to Helsinki; a bus depot; a vineyard in autumn; a snowbound cabin
a flea market in Brussels; the back row of a cinema; a greenhouse; a coal mine museum
a zoo after closing time; an airport lounge; a beach in February; a castle moat; a hotel lift
a corner shop; a car park at midnight; a football stadium; a printing works; a salt flat; a fjord
a bamboo forest; an orbiting space station; a submarine; a subway carriage; a wheat field
a canal towpath; a dusty archive; an opera house; a bowling alley; a dentist's chair
a refugee camp; a cheese cellar; a bird reserve; a ski lift; a caravan site; a kennel
a library in Timbuktu; the old town of Tbilisi; a barge on the Danube; a street in Naples
a suburb of Nairobi; a ranch in Patagonia; the docks of Busan; a park in Montreal
a museum in Oaxaca; a stairwell in Prague; a yurt in Mongolia; a diner in Nebraska
a square in Marrakesh; a temple in Chiang Mai; an allotment in Leeds; a garage in Detroit
a tram in Lisbon; a quarry lake; a mosque courtyard; a hot spring in Iceland; a tulip field
a jazz cellar; a toll booth; an ice rink; a silent retreat; a boxing gym; a drawbridge
a radio studio; a hay barn; a beach hut; a wax museum; a pumpkin patch; a marina in Split
a cloud forest; a sugar mill; a fishmarket in Hull; a botanical garden; a night bus in Dublin
a chalet above Davos; a pier in Brighton; a rice terrace in Bali; a bazaar in Bukhara
an orchard in Normandy; a tenement in Glasgow; a lodge in Alaska; a kiosk in Lagos
a plaza in Quito; a bridge in Mostar; a maze; a treehouse; a crypt; a wind tunnel; a paper mill
a shipyard; a bottling plant; a call centre; a bell tower
""")

DEEDS = words("""
train a nervous rescue dog; repair a leaking tap; bake sourdough bread; learn the basics of chess
build a bird box; plan a surprise party; write a thank-you speech; grow tomatoes on a balcony
clean a cast-iron pan; fix a flat tyre; prepare for a job interview; save for a first home
tidy a cluttered attic; teach a child to ride a bike; brew strong coffee; start a book club
memorise a long poem; pack a suitcase; negotiate a pay rise; calm a crying baby
read a balance sheet; choose a reliable used car; paint a north-facing room; cut down on sugar
sleep better; stretch before a race; learn Norwegian; set up a weekly budget; cook rice for twelve
host a quiz night; split a restaurant bill; return faulty shoes; photograph the night sky
restore an old chair; knit a pair of mittens; make friends in a new city; give honest feedback
run a bake sale; organise a beach clean-up; write clear minutes; apologise to a colleague
sharpen kitchen knives; keep houseplants alive; reduce food waste; insulate a draughty window
remove wine stains; iron a linen shirt; tune a guitar; sew on a button; jump-start a car
read a weather chart; pitch a tent; light a campfire; cross a river on foot; tie a bowline
avoid blisters; recover from jet lag; send a parcel abroad; book a cheap train ticket
learn to float; improve backhand shots; warm up a choir; teach fractions; grade essays fairly
settle a quarrel between siblings; run a shorter meeting; handle an angry customer
test a new website; back up family photos; secure a home network; choose a strong password
spot a phishing email; debug a slow spreadsheet; explain a software bug
write a useful commit message; learn to touch-type; give a eulogy; chair a debate
research a family tree; interview a grandparent; start a neighbourhood newsletter
catalogue a stamp collection; press flowers; dye wool with onion skins; make candles
ferment cabbage; roast a chicken; carve a pumpkin; poach an egg; decorate a cake
plan meals for a week; feed a vegan guest; eat well while travelling; prune roses
keep slugs off lettuce; attract butterflies; dig a pond; stack firewood; clear snow safely
wash a woollen jumper; quit smoking; begin meditating; walk ten thousand steps a day
lower screen time; build better posture; treat a mild burn; choose running shoes
prepare for a driving test; learn to parallel park; report a lost passport; rent a first flat
compare phone contracts; fill in a tax return; dispute a parking fine; write a will
sell a bicycle online; price handmade soap; mend a torn sail; groom a poodle; milk a goat
shear a sheep; churn butter; smoke trout; bottle cherries; plait challah; temper chocolate
clarify butter; sharpen skates; wax skis; patch a tent; read a tide table; splice a rope
gut a fish; dry herbs; graft an apple tree; lay a hedge; thatch a roof; plaster a wall
hang wallpaper; bleed a radiator; unblock a sink; rewire a lamp; solder a joint; oil a hinge
frame a poster; upholster a stool; cane a chair; bind a book; set type by hand; fold a paper crane
throw a pot; glaze a bowl; blow a glass bead; spin wool; weave a basket; crochet a blanket
hem trousers; darn a sock; polish silver; clean a chandelier; beat a rug; audition for a play
learn a monologue; conduct an orchestra; call a square dance; judge a dog show; referee a match
score a cricket game; coach a relay team; swim in open water; dive from a tower; ride a tandem
saddle a horse; pick a lock; decode a cipher; solve a sudoku; win at backgammon; count cards
perform a coin trick; host an exchange student; adopt a cat; foster a puppy; visit a prison
mentor a beginner; moderate a panel; draft a contract; audit a charity; register a trademark
appeal a fine; chair a strike meeting; run for mayor
""")

CIRCUMSTANCES = words("""
on a budget of forty euros; during a heat wave; with one arm in a cast; in under an hour
without waking the neighbours; while looking after a toddler; before the guests arrive
in a tiny kitchen; without any special tools; after a long shift; with help from two teenagers
in the middle of winter; when the power is out; on a slow internet connection; at short notice
while living abroad; with very little sleep; without spending anything; over a single weekend
in a shared office; when it rains all week; with only a spoon and a bowl
during the school holidays; in front of an audience; before sunrise; on board a crowded train
despite a bad back; while wearing gloves; in a rented flat; with a sceptical partner; after a move
on the first attempt; without reading a manual; in a foreign language
under the eye of a strict boss; during exam season; with leftovers from Monday
while keeping a dog happy; at high altitude; in a house with no garden; by the end of March
without upsetting anybody; between two meetings; with a borrowed toolbox; in complete silence
when money is tight; while recovering from flu; in a village with one shop
for the first time in years; using only things found at home; with a hangover; against the clock
before the tide comes in; in borrowed shoes; without a mirror; by candlelight
while a choir rehearses next door; on a moving boat; in thick fog; with an audience of toddlers
on a diet of soup; after losing a bet; in the dark; with frozen fingers; under a false name
wearing a suit; at the kitchen table; on the night shift; with a parrot on one shoulder
in a borrowed van; during a power cut; within walking distance; in the hottest week of July
with a broken zip; before the bank closes; while the boss is away; on New Year's Eve
at a family reunion; with a toothache; during a bus strike; in a language class
ahead of an inspection; for charity; with nothing but string; on a Sunday morning
after three cups of coffee; without leaving a trace; on one leg; in zero gravity
with a stopwatch running; between two naps; during a thunderstorm; halfway up a ladder
""")

ORGANISATIONS = words("""
a family bakery; a regional bus company; a public library; a dental clinic; a bicycle repair shop
a dog shelter; a chess club; a travel agency; a food bank; an online bookshop; a cheese dairy
a primary school; a weather station; a small museum; a mobile phone shop; a rowing club
a garden centre; a ferry line; a language school; a theatre troupe; a solar power start-up
a youth hostel; a hospital ward; a tax office; a community radio; a climbing gym; a toy factory
a vegetarian canteen; a furniture maker; a water board; a city council; a housing cooperative
a flower market; a driving school; a pet insurance firm; a space agency; a brewery
a laundry service; a coffee cart; a film festival; a football academy; a sewing workshop
a fire brigade; a bank branch; a parcel service; a seed library; a thrift store; a ski resort
a yoga studio; a car-sharing scheme; a night school; a fish market; a wedding band; a science fair
a candle factory; a stamp dealer; a tram museum; a sailing school; a rabbit breeders' club
a puppet theatre; a shoe repair shop; a hat maker; a jam factory; an oyster bar; a lighthouse trust
a mushroom farm; a llama farm; a marching band; a barbershop quartet; a quiz league
a debating society; a knitting circle; a birdwatching group; a mountain rescue team; a blood bank
an eye hospital; a spa hotel; a campsite; a monastery shop; a cathedral choir; a crossword magazine
a cartoon studio; a planetarium; a robot laboratory; a wind farm; a recycling yard; a ticket office
a customs post; a border station; an embassy; a law firm; a temp agency; a pension fund
a credit union; a tea importer; a spice merchant; a carpet shop; a piano school; a skate park
a snack bar
""")

MISHAPS = words("""
a cancelled wedding; a late delivery; a broken window; a forgotten birthday; a double booking
a lost library book; a noisy party; a mix-up with the luggage; a burnt dinner; a missed train
a flooded cellar; a rude remark; a wrong invoice; a spilled pot of paint; an escaped hamster
a fallen fence; a dead battery; a typing error on the menu; a power cut; an unpaid rent bill
a stolen scooter; a barking dog; a leaking roof; a failed exam; a hole in the hedge
a cold swimming pool; a broken promise; a crashed computer; an unexpected guest; a shrunken jumper
a blocked driveway; a delayed refund; a runaway goat; a collapsed tent; a double-charged card
a stolen bicycle; a jammed door; a lost wedding ring; a forged signature; a swarm of wasps
an oversalted soup; a torn sail; a wrong turn; a fainting bridesmaid; a frozen pipe; a sunk canoe
a crumpled manuscript; a misprinted poster; a spoiled surprise; a bitten postman; a false alarm
a broken elevator; a muddy carpet; a leaked secret; a cracked bell; a mislaid passport
a bad haircut; a hacked account; a swapped suitcase; a flat tyre at dawn; a ruined rehearsal
a fallen tree; a smoke-filled kitchen; a misheard order; an overbooked flight; an angry swan
a bent key; an expired visa; a lost choirbook; a burst balloon
""")

POLICIES = words("""
ban cars from the town centre; serve only vegetarian lunches; start lessons at ten o'clock
plant a tree for every newborn; charge for plastic bags; close shops on Sundays
teach cooking to everyone; make museums free; allow dogs in offices; pay students to read
switch off street lamps after midnight; drop homework; introduce a four-day week; tax sugary drinks
give every child a library card; replace lawns with meadows; vote by phone; publish all salaries
limit tourist numbers; keep a daily hour of silence; repair things before buying new ones
require a licence for keeping cats; build homes above supermarkets; abolish school uniforms
fine people who waste water; offer night buses until four; hold meetings standing up
abolish tipping; serve breakfast all day; ban mobile phones at the table; lend out umbrellas
keep chickens on the roof; hire by lottery; teach first aid to everyone; play no background songs
turn the car park into a park; publish its mistakes; open on public holidays
pay bills within a week; accept barter; plant fruit trees along the road
offer free swimming lessons; replace paper forms; allow naps after lunch; adopt a retired greyhound
name rooms after rivers; stop sending brochures; buy only second-hand furniture
let children set the agenda; charge visitors by the hour; teach sign language
go back to handwritten notes; forbid perfume; keep the lights off on Fridays
rotate the chair weekly; share profits with its staff; welcome pets on Tuesdays
give up plastic cutlery; lower the heating; ring a bell at noon; run a repair café
offer tea to strangers; stop using acronyms; raise the entry age; vote on every purchase
""")

STUFF = words("""
apples; candles; notebooks; tulips; bricks; tickets; marbles; loaves; pencils; oranges; stamps
eggs; chairs; lanterns; cushions; postcards; buttons; mugs; blankets; seedlings; batteries; spoons
helmets; bottles; muffins; kites; socks; plates
""")
